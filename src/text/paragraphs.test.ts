import { expect, test } from "bun:test";
import { spoken } from "./formatting/testing.ts";
import { toParagraphs } from "./paragraphs.ts";
import type { Word } from "./transcript.ts";

const texts = (words: Word[]) => toParagraphs(words).map(({ sentences }) => sentences.map(({ text }) => text));

test("sentences end at their punctuation, and their times are those of their words", () => {
  // The recorded answer in Deepgram's documentation: its sentences, times and count of words.
  const words: Word[] = [
    { text: "Yep.", from: 5.52, to: 6.24, confidence: 0.92 },
    { text: "I", from: 6.96, to: 7.28, confidence: 0.58 },
    { text: "said", from: 7.28, to: 7.52, confidence: 0.99 },
    { text: "it", from: 7.52, to: 7.68, confidence: 0.99 },
    { text: "before.", from: 7.68, to: 8.96, confidence: 0.99 },
  ];
  expect(toParagraphs(words)).toEqual([
    {
      sentences: [
        { text: "Yep.", from: 5.52, to: 6.24 },
        { text: "I said it before.", from: 6.96, to: 8.96 },
      ],
      from: 5.52,
      to: 8.96,
      words: 5,
    },
  ]);
});

test("a long pause after a sentence begins a paragraph, one inside it does not", () => {
  const pause = (seconds: number) =>
    spoken("One more. And two.").map((word, i) => ({
      ...word,
      from: word.from + (i > 1 ? seconds : 0),
      to: word.to + (i > 1 ? seconds : 0),
    }));
  expect(texts(pause(2))).toEqual([["One more."], ["And two."]]);
  expect(texts(pause(1.9))).toEqual([["One more.", "And two."]]);
  const inside = spoken("One more").map((word, i) => ({ ...word, from: word.from + 5 * i, to: word.to + 5 * i }));
  expect(texts(inside)).toEqual([["One more"]]);
});

test("five sentences are a paragraph", () => {
  const words = spoken("Aa bb. Cc dd. Ee ff. Gg hh. Ii jj. Kk ll.");
  expect(texts(words).map((sentences) => sentences.length)).toEqual([5, 1]);
});

test("another speaker begins a paragraph, in mid-sentence too", () => {
  const words = spoken("I think no way").map((word, i) => ({ ...word, speaker: i < 2 ? 0 : 1 }));
  expect(toParagraphs(words).map(({ speaker, words }) => [speaker, words])).toEqual([
    [0, 2],
    [1, 2],
  ]);
});

test("a dictated paragraph is one", () => {
  const words = spoken("Dear John, thank you.");
  const dictated = words.map((word, i) => (i === 1 ? { ...word, text: "John,\n\n" } : word));
  expect(texts(dictated)).toEqual([["Dear John,"], ["thank you."]]);
});

test("an abbreviation ends no sentence", () => {
  expect(texts(spoken("Ask Mr. Smith about it."))).toEqual([["Ask Mr. Smith about it."]]);
});

test("no words, no paragraphs", () => {
  expect(toParagraphs([])).toEqual([]);
});
