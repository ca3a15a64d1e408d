import { expect, test } from "bun:test";
import { digitRun } from "./digit-run.ts";
import { ordinalText, readDigits, readNumber } from "./numbers.ts";
import { tokensOf } from "./rewrite.ts";
import { spoken } from "./testing.ts";

const tokens = (text: string) => tokensOf(spoken(text), "en");

test.each<[string, number, string]>([
  ["nine hundred", 2, "900"],
  ["twenty five people", 2, "25"],
  ["twenty-five people", 1, "25"],
  ["one hundred and five", 4, "105"],
  ["a hundred and one", 4, "101"],
  ["two thousand and five", 4, "2005"],
  ["two hundred and five thousand", 5, "205000"],
  ["nineteen eighty four", 3, "1984"],
  ["nineteen eighty-four", 2, "1984"],
  ["twenty twenty four", 3, "2024"],
  ["twenty oh five", 3, "2005"],
  ["nineteen hundred", 2, "1900"],
  ["three point one four", 4, "3.14"],
  ["zero point five", 3, "0.5"],
  ["five million", 2, "5000000"],
  ["three point five million", 4, "3500000"],
  ["5 million", 2, "5000000"],
  ["3 point 5", 3, "3.5"],
  ["1,234 people", 1, "1234"],
  ["one hundred twenty three million four hundred fifty six thousand seven hundred eighty nine", 14, "123456789"],
  ["ten five", 1, "10"],
  ["one two", 1, "1"],
  ["twenty, five", 1, "20"],
  ["five and six", 1, "5"],
  ["hundred", 0, ""],
  ["twenty-five-year-old", 0, ""],
  ["a cat", 0, ""],
  ["and five", 0, ""],
])("%s: %i words are %s", (text, take, digits) => {
  const read = readNumber(tokens(text), 0);
  expect([read?.take ?? 0, read?.digits ?? ""]).toEqual([take, digits]);
});

test.each<[string, number, number]>([
  ["twenty first", 2, 21],
  ["one hundredth", 2, 100],
  ["fifth", 1, 5],
  ["two hundred and third", 4, 203],
  ["21st", 1, 21],
])("%s is an ordinal", (text, take, value) => {
  expect(readNumber(tokens(text), 0)).toMatchObject({ take, value, ordinal: true });
});

test.each<[string, number, string]>([
  ["one two three go", 3, "123"],
  ["double oh seven", 3, "007"],
  ["five oh triple one", 4, "50111"],
  ["one two", 0, ""],
  ["oh one two three", 0, ""],
])("%s: %i single digits", (text, take, digits) => {
  const read = readDigits(tokens(text), 0);
  expect([read?.take ?? 0, read?.digits ?? ""]).toEqual([take, digits]);
});

test.each<[string, number, string]>([
  ["4111 1111, 1111-1111.", 3, "4111111111111111"],
  ["four one one one, twelve thirty four", 7, "41111234"],
  ["four-one-one-one", 1, "4111"],
  ["(555) 123-4567", 2, "5551234567"],
  ["4,111 1", 2, "41111"],
  ["five double two", 3, "522"],
  ["٤١١١ ١١١١", 2, "٤١١١١١١١"],
  ["five. Six", 2, "56"],
  ["five people", 1, "5"],
  ["people", 0, ""],
])("%s: a run of %i words", (text, take, digits) => {
  const run = digitRun(tokens(text), 0);
  expect([run?.take ?? 0, run?.digits ?? ""]).toEqual([take, digits]);
});

test("ordinals end as English has it", () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111].map(ordinalText)).toEqual(
    "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th".split(" "),
  );
});
