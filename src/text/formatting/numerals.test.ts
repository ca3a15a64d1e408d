import { expect, test } from "bun:test";
import { numerals } from "./numerals.ts";
import { said, spoken } from "./testing.ts";

test.each([
  ["Nine hundred people.", "900 people."],
  ["It was nineteen eighty four.", "It was 1984."],
  ["The twenty first time.", "The 21st time."],
  ["He has 1,234 cows and 12,345,678 bees.", "He has 1234 cows and 12345678 bees."],
  ["Three people, twenty-five years.", "3 people, 25 years."],
  ["Five million.", "5000000."],
  ["One two three.", "123."],
  ["One, two, three. No one, nobody.", "1, 2, 3. No one, nobody."],
  // Words that are no numbers.
  ["one of them, no one, the second one", "one of them, no one, the second one"],
  ["page one, chapter two", "page 1, chapter 2"],
  ["two thirds of the second half", "two thirds of the second half"],
  ["1,23 and 1,2345 stay", "1,23 and 1,2345 stay"],
])("%s → %s", (text, numbered) => {
  expect(said(numerals(spoken(text), "en"))).toBe(numbered);
});

test("other languages keep their words and lose the separators of written numbers", () => {
  expect(said(numerals(spoken("neunhundert Leute und 1,234 Kühe"), "de"))).toBe("neunhundert Leute und 1234 Kühe");
});

test("a number of several words lasts from the first to the last", () => {
  expect(numerals(spoken("about nine hundred."), "en")).toEqual([
    { text: "about", from: 0, to: 0.5, confidence: 0.9 },
    { text: "900.", from: 0.5, to: 1.5, confidence: 0.9 },
  ]);
});
