import { describe, expect, test } from "bun:test";
import { confidenceAfter, endpointingFor, isFinished, isTimedOut, likelyAfterFor } from "./turn-end.ts";

const words = (text: string) => text.split(" ").map((one) => ({ text: one, from: 0, to: 0, confidence: 1 }));

test("a whole sentence looks finished", () => {
  for (const text of ["Yes.", 'He said "no."', "Really?", "はい。", "Go!"]) expect(isFinished(words(text))).toBe(true);
  for (const text of ["Yes,", "and so", "Well...", "Hm…", ""]) expect(isFinished(words(text))).toBe(false);
  expect(isFinished([])).toBe(false);
});

describe("confidence", () => {
  test("grows with the silence, faster after a whole sentence", () => {
    expect(confidenceAfter(0, true)).toBe(0);
    expect(confidenceAfter(0.3, true)).toBeGreaterThan(confidenceAfter(0.3, false));
    expect(confidenceAfter(0.6, false)).toBeGreaterThan(confidenceAfter(0.3, false));
    expect(confidenceAfter(60, false)).toBeLessThanOrEqual(1);
  });

  test("reaches a threshold when the silence is as long as is waited for", () => {
    for (const finished of [true, false])
      for (const endOfTurn of [0.5, 0.7, 0.9]) {
        const silence = endpointingFor({ endOfTurn, timeout: 60_000 }, finished) / 1000;
        expect(confidenceAfter(silence, finished)).toBeCloseTo(endOfTurn, 9);
      }
  });
});

test("the timeout ends turns that no confidence ends", () => {
  const certain = { endOfTurn: 1, timeout: 1000 };
  expect(endpointingFor(certain, true)).toBe(1000);
  expect(isTimedOut(certain, 1, true)).toBe(true);
  expect(isTimedOut({ endOfTurn: 0.7, timeout: 5000 }, 0.8, false)).toBe(false);
});

test("the words are looked at before the first thing is to be said of them", () => {
  const eager = { endOfTurn: 0.7, eager: 0.3, timeout: 5000 };
  expect(likelyAfterFor(eager)).toBeLessThan(100);
  expect(likelyAfterFor({ endOfTurn: 0.7, timeout: 5000 })).toBe(160);
  expect(likelyAfterFor({ endOfTurn: 1, timeout: 500 })).toBe(160);
});
