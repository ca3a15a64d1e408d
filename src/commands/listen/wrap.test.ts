import { expect, test } from "bun:test";
import { wrapTail } from "./wrap.ts";

test("lines are broken at spaces, and the last ones are kept", () => {
  expect(wrapTail("ask not what your country", 10, 9)).toEqual(["ask not", "what your", "country"]);
  expect(wrapTail("ask not what your country", 10, 2)).toEqual(["what your", "country"]);
  expect(wrapTail("ask not what your country", 80, 2)).toEqual(["ask not what your country"]);
  expect(wrapTail("exactly so", 10, 2)).toEqual(["exactly so"]);
  expect(wrapTail("", 10, 2)).toEqual([]);
});

test("what has no spaces is broken anywhere, by the columns that it takes", () => {
  expect(wrapTail("abcdefghijkl mn", 5, 9)).toEqual(["abcde", "fghij", "kl mn"]);
  expect(wrapTail("今日は良い天気", 6, 9)).toEqual(["今日は", "良い天", "気"]);
});
