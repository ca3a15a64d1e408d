import { describe, expect, test } from "bun:test";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { halve } from "./halving.ts";
import type { HeardWindow } from "./listener.ts";

const at = (seconds: number) => Math.round(seconds * SAMPLE_RATE);
const span = (from: number, to: number) => ({ from: at(from), to: at(to) });

/** 10 to 19 s and 60 to 71 s of a channel, the silence between them left out. */
function heard(...voiced: [number, number][]): HeardWindow {
  const pieces = [
    { at: 0, from: at(10), length: at(9) },
    { at: at(9), from: at(60), length: at(11) },
  ];
  const pcm = Float32Array.from({ length: at(20) }, (_, i) => i);
  return {
    window: { pieces, speech: [span(10, 19), span(60, 71)], length: at(20) },
    pcm,
    voiced: voiced.map(([a, b]) => span(a, b)),
  };
}

describe("halves", () => {
  test("are cut in the longest pause of the middle third", () => {
    const [first, second] = halve(heard([10, 14], [15, 18], [18.2, 19], [60, 62], [62.8, 71]));
    // 62.4 s of the channel, 11.4 s of the window.
    expect(first.window.length).toBe(at(11.4));
    expect(first.window.pieces).toEqual([
      { at: 0, from: at(10), length: at(9) },
      { at: at(9), from: at(60), length: at(2.4) },
    ]);
    expect(second.window.pieces).toEqual([{ at: 0, from: at(62.4), length: at(8.6) }]);
    expect(first.window.speech).toEqual([span(10, 19), span(60, 62.4)]);
    expect(second.window.speech).toEqual([span(62.4, 71)]);
    expect(first.voiced).toEqual([span(10, 14), span(15, 18), span(18.2, 19), span(60, 62)]);
    expect(second.voiced).toEqual([span(62.8, 71)]);
  });

  test("hold all samples once", () => {
    const whole = heard([10, 19], [60, 71]);
    const [first, second] = halve(whole);
    expect([...first.pcm, ...second.pcm]).toEqual([...whole.pcm]);
    for (const half of [first, second]) {
      expect(half.pcm).toHaveLength(half.window.length);
      expect(half.window.length).toBeGreaterThan(at(20) / 3 - 1);
    }
  });

  test("are cut where it is quietest, where there is no pause", () => {
    const loud = heard([10, 19]);
    loud.pcm.fill(0.5).fill(0.001, at(8), at(8.4));
    expect(halve(loud)[0].window.length / SAMPLE_RATE).toBeCloseTo(8.3, 0);
  });
});
