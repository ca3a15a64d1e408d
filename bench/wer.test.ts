import { expect, test } from "bun:test";
import { bootstrap, rate, score, words } from "./wer.ts";

const said = (text: string) => words(text).join(" ");

test("case, punctuation, spelling and abbreviations do not count", () => {
  expect(said("“Mr. O’Brien’s neighbour—'twas he!”")).toBe("mister o'brien's neighbor twas he");
  expect(said("R&D [applause] is (inaudible) OK")).toBe("r and d is okay");
  expect(said("ＦＵＬＬ　width, co-operate\nnext line")).toBe("full width co operate next line");
});

test("numbers are compared in words", () => {
  expect(said("0 7 13 20 42 100 305")).toBe("zero seven thirteen twenty forty two one hundred three hundred five");
  expect(said("In 1906, 1,250 of 2000; 1900")).toBe(
    "in nineteen six twelve fifty of two thousand one thousand nine hundred",
  );
  expect(said("12345678 and 007 and 2nd")).toBe("one two three four five six seven eight and seven and two nd");
  expect(said("१२")).toBe("twelve");
});

test("errors are the least changes", () => {
  expect(score("the cat sat", "the cat sat")).toEqual({ errors: 0, words: 3 });
  expect(score("the cat sat on the mat", "a cat sat on mat today")).toEqual({ errors: 3, words: 6 });
  expect(score("", "two words")).toEqual({ errors: 2, words: 0 });
  expect(score("two words", "")).toEqual({ errors: 2, words: 2 });
});

test("the rate is over all words, not over clips", () => {
  expect(rate([score("a", "b"), score("a b c", "a b c")])).toBe(0.25);
});

test("the interval holds the value, is narrow for equal clips, and is the same again", () => {
  const scores = Array.from({ length: 50 }, (_, i) => ({ errors: i % 5, words: 20 }));
  const statistic = (drawn: readonly number[]) => rate(drawn.map((i) => scores[i] ?? { errors: 0, words: 0 }));
  const [low, high] = bootstrap(scores.length, statistic);
  expect(low).toBeLessThan(0.1);
  expect(high).toBeGreaterThan(0.1);
  // Two standard errors: 1.4 errors of 20 words, over the root of 50 clips.
  expect(high - low).toBeGreaterThan(0.03);
  expect(high - low).toBeLessThan(0.05);
  expect(bootstrap(scores.length, statistic)).toEqual([low, high]);
  expect(bootstrap(10, () => 0.3)).toEqual([0.3, 0.3]);
});
