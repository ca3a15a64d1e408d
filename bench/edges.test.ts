import { expect, test } from "bun:test";
import { edgesOf, errorsOf } from "./edges.ts";

const RATE = 16_000;

/** Faint noise with a tone in it. */
function clip(seconds: number, from: number, to: number, level = 0.3): Float32Array {
  return Float32Array.from({ length: seconds * RATE }, (_, i) => {
    const t = i / RATE;
    const noise = 0.0005 * Math.sin(i * i);
    return noise + (t >= from && t < to ? level * Math.sin(2 * Math.PI * 300 * t) : 0);
  });
}

test("the edges of a sound are found to a hundredth of a second", () => {
  const edges = edgesOf(clip(1, 0.3, 0.62));
  expect(edges?.from).toBeCloseTo(0.3, 2);
  expect(edges?.to).toBeCloseTo(0.62, 2);
});

test("a sound that is cut off or does not stand out has none", () => {
  expect(edgesOf(clip(1, 0, 0.5))).toBeUndefined();
  expect(edgesOf(clip(1, 0.5, 1))).toBeUndefined();
  expect(edgesOf(clip(1, 0.3, 0.6, 0.001))).toBeUndefined();
  expect(edgesOf(new Float32Array(RATE))).toBeUndefined();
});

test("a click is no edge", () => {
  const pcm = clip(1, 0.4, 0.6);
  pcm.fill(0.5, 1600, 1700);
  expect(edgesOf(pcm)?.from).toBeCloseTo(0.4, 2);
});

test("words are judged by the stretch they lie in", () => {
  const words = [
    { text: "one", from: 0.1, to: 0.5 },
    { text: "two", from: 0.5, to: 0.95 },
    { text: "four", from: 5.2, to: 5.6 },
  ];
  const { starts, ends, missing } = errorsOf(words, [
    { from: 0.2, to: 0.9 },
    { from: 2, to: 3 },
    { from: 5, to: 5.6 },
  ]);
  expect(starts.map((error) => Math.round(1000 * error))).toEqual([-100, 200]);
  expect(ends.map((error) => Math.round(1000 * error))).toEqual([50, 0]);
  expect(missing).toBe(1);
});
