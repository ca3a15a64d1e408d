import { expect, test } from "bun:test";
import { mergeWords, type Rule, rewrite, spreadWords } from "./rewrite.ts";
import { spoken } from "./testing.ts";

const pair: Rule = (tokens, at) =>
  tokens[at]?.key === "new" && tokens[at + 1]?.key === "york" ? [{ take: 2, text: "NYC" }] : undefined;

test("several words become one that lasts as long as they do", () => {
  const words = spoken("In “New York,” today").map((word, i) => ({ ...word, confidence: 0.9 - i / 10 }));
  expect(rewrite(words, "en", [pair])).toEqual([
    { text: "In", from: 0, to: 0.5, confidence: 0.9 },
    { text: "“NYC,”", from: 0.5, to: 1.5, confidence: 0.9 - 2 / 10 },
    { text: "today", from: 1.5, to: 2, confidence: 0.9 - 3 / 10 },
  ]);
});

test("another language has no rules, and a word's own language goes before the text's", () => {
  const words = spoken("new york");
  expect(rewrite(words, "de", [pair])).toEqual(words);
  const english = words.map((word) => ({ ...word, language: "en" }));
  expect(rewrite(english, "de", [pair])).toHaveLength(1);
  const german = words.map((word) => ({ ...word, language: "de" }));
  expect(rewrite(german, "en", [pair])).toEqual(german);
});

test("words that become more share the time by length", () => {
  const [word] = spoken("gonna");
  const spread = spreadWords(word ? [word] : [], ["going", "to"]);
  expect(spread.map(({ text }) => text)).toEqual(["going", "to"]);
  expect(spread[0]?.from).toBe(0);
  expect(spread[0]?.to).toBeCloseTo(0.5 * (5 / 7));
  expect(spread[1]?.from).toBeCloseTo(0.5 * (5 / 7));
  expect(spread[1]?.to).toBe(0.5);
});

test("as many words keep their own times", () => {
  const words = spoken("a b");
  expect(spreadWords(words, ["c", "d"]).map(({ from, to }) => [from, to])).toEqual([
    [0, 0.5],
    [0.5, 1],
  ]);
});

test("a speaker stays with merged words", () => {
  const words = spoken("a b").map((word) => ({ ...word, speaker: 3 }));
  expect(mergeWords(words, "ab")).toEqual({ text: "ab", from: 0, to: 1, confidence: 0.9, speaker: 3 });
});
