import { expect, test } from "bun:test";
import { paragraphText } from "../transcript.ts";
import { type Captions, noCaptions, type Results, withoutOpen, withResults } from "./captions.ts";

function results(text: string, start: number, kind: "interim" | "final" | "end"): Results {
  const words = text === "" ? [] : text.split(" ");
  return {
    type: "Results",
    start,
    duration: words.length / 2,
    is_final: kind !== "interim",
    speech_final: kind === "end",
    channel: {
      alternatives: [
        {
          transcript: text,
          words: words.map((word, i) => ({
            word: word.toLowerCase(),
            punctuated_word: word,
            start: start + i / 2,
            end: start + i / 2 + 0.4,
            confidence: 0.9,
          })),
        },
      ],
    },
  };
}

const after = (...messages: Results[]) =>
  messages.reduce<Captions>((captions, message) => withResults(captions, message, 0), noCaptions);
const texts = ({ paragraphs }: Captions) => paragraphs.map(paragraphText);

test("words on which two messages agree are settled", () => {
  const captions = after(results("Ask not what", 0, "interim"), results("Ask not when your", 0, "interim"));
  expect(captions.open.map(({ text }) => text)).toEqual(["Ask", "not", "when", "your"]);
  expect(captions.settled).toBe(2);
});

test("a final replaces what was open; pieces of one utterance, and short ones close together, make one paragraph", () => {
  const captions = after(
    results("Ask not", 0, "interim"),
    results("Ask not what", 0, "final"),
    results("your country", 1.5, "end"),
    results("Can do.", 3, "end"),
    results("Later.", 20, "end"),
  );
  expect(texts(captions)).toEqual(["Ask not what your country Can do.", "Later."]);
  expect(captions.open).toEqual([]);
  expect(captions.paragraphs[1]?.from).toBe(20);
});

test("an empty final changes nothing but the end of the utterance", () => {
  const captions = after(results("Ask", 0, "final"), results("", 1, "end"));
  expect(texts(captions)).toEqual(["Ask"]);
  expect(captions.continues).toBe(false);
});

test("times go on after a new connection, and what was open is kept", () => {
  const cut = withoutOpen(after(results("Ask not", 0, "interim")));
  expect(texts(cut)).toEqual(["Ask not"]);
  const again = withResults(cut, results("what", 0, "end"), 30);
  expect(again.paragraphs[1]?.words[0]).toMatchObject({ text: "what", from: 30 });
  expect(withoutOpen(noCaptions).paragraphs).toEqual([]);
});
