import { expect, test } from "bun:test";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { ChannelAudio } from "./channel-audio.ts";

/** Blocks of uneven length; every sample's value is its place. */
function ramp(blocks: number[]): ChannelAudio {
  const audio = new ChannelAudio();
  for (const length of blocks) {
    const start = audio.end;
    audio.push(Float32Array.from({ length }, (_, i) => start + i));
  }
  return audio;
}

test("spans over blocks", () => {
  const audio = ramp([3, 0, 5, 1, 7]);
  expect(audio.end).toBe(16);
  expect([...audio.slice({ from: 2, to: 10 })]).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...audio.slice({ from: 14, to: 18 })]).toEqual([14, 15, 0, 0]);
  expect(audio.slice({ from: 4, to: 4 })).toHaveLength(0);
});

test("what is forgotten is only what lies before", () => {
  const audio = ramp([3, 5, 8]);
  audio.forget(8);
  expect([...audio.slice({ from: 7, to: 10 })]).toEqual([0, 8, 9]);
  audio.forget(1000);
  expect([...audio.slice({ from: 14, to: 16 })]).toEqual([0, 0]);
  audio.push(new Float32Array([16]));
  expect([...audio.slice({ from: 15, to: 17 })]).toEqual([0, 16]);
});

test("a window joins its pieces", () => {
  const audio = ramp([10, 10]);
  const pieces = [
    { at: 0, from: 2, length: 3 },
    { at: 3, from: 15, length: 2 },
  ];
  expect([...audio.window({ pieces, speech: [], length: 5 })]).toEqual([2, 3, 4, 15, 16]);
});

test("the quietest place", () => {
  const audio = new ChannelAudio();
  const tone = Float32Array.from({ length: 3 * SAMPLE_RATE }, (_, i) => Math.sin(i / 5));
  tone.fill(0, 1.2 * SAMPLE_RATE, 1.25 * SAMPLE_RATE); // a consonant's closure
  tone.fill(0.001, 2.0 * SAMPLE_RATE, 2.3 * SAMPLE_RATE); // a pause
  audio.push(tone);
  expect(audio.quietest({ from: 0, to: 3 * SAMPLE_RATE }) / SAMPLE_RATE).toBeCloseTo(2.2, 1);
  expect(audio.quietest({ from: 0, to: 1.5 * SAMPLE_RATE }) / SAMPLE_RATE).toBeCloseTo(1.22, 1);
  audio.push(new Float32Array(SAMPLE_RATE));
  const silent = audio.quietest({ from: 3 * SAMPLE_RATE, to: 4 * SAMPLE_RATE });
  expect(silent).toBeGreaterThan(3.5 * SAMPLE_RATE);
  expect(silent).toBeLessThanOrEqual(4 * SAMPLE_RATE);
});
