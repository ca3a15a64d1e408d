import { expect, test } from "bun:test";
import { smartFormat } from "./smart.ts";
import { said, spoken } from "./testing.ts";

test.each([
  // Numbers.
  ["one two three.", "123."],
  ["Two hundred and five thousand people.", "205,000 people."],
  ["Five million people in two thousand and five.", "5 million people in 2005."],
  ["1,234 stays as it is.", "1,234 stays as it is."],
  // Dates.
  ["on May fifth, twenty twenty four.", "on May 5th, 2024."],
  ["on July twenty nineteen sixty nine", "on July 20, 1969"],
  ["the twenty first of March two thousand and five", "the 21st of March 2005"],
  ["in May twenty twenty four", "in May 2024"],
  ["we march five miles, you may three times", "we march 5 miles, you may 3 times"],
  ["in fourteen sixty-five, at twelve fifty", "in 1465, at 12 50"],
  // Times.
  ["at five thirty p.m. or eight o'clock", "at 5:30 p.m. or 8 o'clock"],
  ["at nine oh five am", "at 9:05 am"],
  // Money and percent.
  ["nine hundred dollars and fifty cents", "$900.50"],
  ["twenty five thousand dollars.", "$25,000."],
  ["three point five million euros, please", "€3.5 million, please"],
  ["5 dollars", "$5"],
  ["ten pounds sterling, ten pounds of meat", "£10, 10 pounds of meat"],
  ["fifty percent, two per cent", "50%, 2%"],
  ["one percent of one dollar", "1% of $1"],
  // Phone numbers.
  ["Call five five five, two one two, four five six seven, please.", "Call 555-212-4567, please."],
  ["call one eight hundred 555 2125 now", "call 1-800-555-2125 now"],
  ["one, two, three, four, five, six, seven, eight, nine, ten", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"],
  ["5 5 5 2 1 2 4 5 6 7", "555-212-4567"],
  ["my number is 5552124567.", "my number is 555-212-4567."],
  ["my account is 5552124567.", "my account is 5552124567."],
  ["my number is 555 2125", "my number is 555-2125"],
  // Addresses.
  ["Write to john dot smith at gmail dot com.", "Write to john.smith@gmail.com."],
  ["my email is jane at example.com, ok", "my email is jane@example.com, ok"],
  ["see example dot co dot uk slash news today", "see example.co.uk/news today"],
  ["look at example dot com", "look at example.com"],
  ["meet me at noon dot", "meet me at noon dot"],
  ["the dot com bubble", "the dot com bubble"],
])("%s → %s", (text, formatted) => {
  expect(said(smartFormat(spoken(text), "en"))).toBe(formatted);
});

test("what is formatted stays formatted", () => {
  const text = "On May 5th, 2024, at 5:30 p.m., call 555-123-4567 or mail john@example.com about $1,234.56 (50%).";
  expect(smartFormat(spoken(text), "en")).toEqual(spoken(text));
});

test("another language stays as it is", () => {
  const words = spoken("am fünften Mai zwei dot com");
  expect(smartFormat(words, "de")).toEqual(words);
});

test("a phone number of ten words is one word with their time", () => {
  const words = smartFormat(spoken("call five five five two one two four five six seven"), "en");
  expect(words[1]).toEqual({ text: "555-212-4567", from: 0.5, to: 5.5, confidence: 0.9 });
});
