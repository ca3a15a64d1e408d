import { expect, test } from "bun:test";
import { bareWord } from "./bare.ts";
import { dictate } from "./dictation.ts";
import { said, spoken } from "./testing.ts";

test.each([
  ["Dear John comma new paragraph thank you period", "Dear John,\n\nThank you."],
  ["is it true question mark yes exclamation point", "is it true? Yes!"],
  ["wow exclamation mark two things colon tea semicolon milk full stop", "wow! Two things: tea; milk."],
  ["first new line second newline third", "first\nSecond\nThird"],
  // The model guesses marks of its own around the commands.
  ["Dear John, comma, new paragraph. Thank you. Period.", "Dear John,\n\nThank you."],
  ["a period of time, the comma, and a colon", "a period of time, the comma, and a colon"],
  ["comma and", ", and"],
])("%s → %s", (text, written) => {
  expect(said(dictate(spoken(text), "en"))).toBe(written);
});

test("a mark belongs to the word before it, which keeps its time and its bare form", () => {
  const [word] = dictate(spoken("hello comma"), "en");
  expect(word).toEqual({ text: "hello,", from: 0, to: 0.5, confidence: 0.9 });
  expect(bareWord(dictate(spoken("hello new paragraph"), "en")[0]?.text ?? "")).toBe("hello");
});

test("another language has no commands", () => {
  expect(said(dictate(spoken("le colon period"), "fr"))).toBe("le colon period");
});
