import { expect, test } from "bun:test";
import type { Word } from "./transcript.ts";
import { toUtterances } from "./utterances.ts";

const word = (text: string, from: number, to: number, speaker?: number): Word => ({
  text,
  from,
  to,
  confidence: 1,
  ...(speaker === undefined ? {} : { speaker }),
});
const texts = (groups: Word[][]) => groups.map((group) => group.map(({ text }) => text).join(" "));

test("a pause as long as the gap begins another utterance", () => {
  const words = [word("one", 0, 1), word("two", 1.75, 2), word("three", 2.8, 3)];
  expect(texts(toUtterances(words, 0.8))).toEqual(["one two", "three"]);
  expect(texts(toUtterances(words, 0.75))).toEqual(["one", "two", "three"]);
  expect(texts(toUtterances(words, 2))).toEqual(["one two three"]);
});

test("another speaker begins another utterance", () => {
  const words = [word("hello", 0, 1, 0), word("hi", 1, 2, 1), word("there", 2, 3, 1)];
  expect(texts(toUtterances(words, 0.8))).toEqual(["hello", "hi there"]);
});

test("no words, no utterances", () => {
  expect(toUtterances([], 0.8)).toEqual([]);
});
