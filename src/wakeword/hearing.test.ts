import { describe, expect, test } from "bun:test";
import { Hearing, thresholdOf } from "./hearing.ts";

/** The frames, counted from 0 and 80 ms apart, in which a word is told. */
function told(scores: number[], debounce: number): number[] {
  const hearing = new Hearing({ threshold: 0.5, debounce });
  return scores.flatMap((score, frame) => (hearing.take(score, frame * 0.08) ? [frame] : []));
}

describe("a word is told", () => {
  test("when its score rises over the threshold, once however long it stays there", () => {
    expect(told([0.1, 0.5, 0.9, 0.8, 0.2], 0)).toEqual([1]);
    expect(told([0.9, 0.1, 0.9], 0)).toEqual([0, 2]);
    expect(told([0.49, Number.NaN, 0.3], 0)).toEqual([]);
  });

  test("again only after the debounce time, and not for staying above", () => {
    expect(told([0.9, 0.1, 0.9, 0.1, 0.9], 0.3)).toEqual([0, 4]);
    expect(told([0.9, 0.9, 0.9, 0.9, 0.9, 0.9], 0.2)).toEqual([0]);
  });
});

test("a higher sensitivity is a lower threshold, never out of reach and never below all scores", () => {
  const thresholds = [0, 0.3, 0.5, 0.7, 0.9, 1].map(thresholdOf);
  expect(thresholds).toEqual(thresholds.toSorted((a, b) => b - a));
  expect(thresholdOf(0.5)).toBe(0.5);
  expect(thresholds.at(0)).toBeLessThan(1);
  expect(thresholds.at(-1)).toBeGreaterThan(0);
});
