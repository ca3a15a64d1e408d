import { expect, test } from "bun:test";
import { parseReplacement, replaceWords } from "./replace.ts";
import { said, spoken } from "./testing.ts";

test.each([
  ["monika:Monica", "Hello, Monika!", "Hello, Monica!"],
  ["Aaron:Erin", "Aaron met aaron.", "Erin met aaron."],
  ["gonna:going to", "We're gonna win.", "We're going to win."],
  ["new york:NYC", "In “New York,” today", "In “NYC,” today"],
  ["this", "Remove this.", "Remove."],
  ["this:", "This goes.", "Goes."],
  ["site:https://example.com", "the site", "the https://example.com"],
  ["don't:do not", "I don’t know", "I do not know"],
  [":x", "nothing", "nothing"],
])("%s: %s → %s", (value, text, replaced) => {
  expect(said(replaceWords(spoken(text), [parseReplacement(value)]))).toBe(replaced);
});

test("what was put in is not replaced again", () => {
  const swap = [parseReplacement("a:b"), parseReplacement("b:a")];
  expect(said(replaceWords(spoken("a b c"), swap))).toBe("b a c");
});

test("one word as two shares its time", () => {
  const words = replaceWords(spoken("we gonna"), [parseReplacement("gonna:going to")]);
  expect(words.map(({ from, to }) => [from, to])).toEqual([
    [0, 0.5],
    [0.5, 0.5 + 0.5 * (5 / 7)],
    [0.5 + 0.5 * (5 / 7), 1],
  ]);
});
