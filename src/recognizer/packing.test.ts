import { describe, expect, test } from "bun:test";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { createPacker, type Span, toAudioSpan, toAudioTime, type Window } from "./packing.ts";

const limits = { window: 28 * SAMPLE_RATE, silence: 0.5 * SAMPLE_RATE };
const span = (from: number, to: number): Span => ({ from: from * SAMPLE_RATE, to: to * SAMPLE_RATE });
const seconds = (samples: number) => samples / SAMPLE_RATE;

function pack(regions: Span[]): Window[] {
  const packer = createPacker(limits);
  const windows = regions.flatMap((region) => {
    packer.add(region);
    return packer.take(0);
  });
  return [...windows, ...packer.take("end")];
}

/** Speech of random lengths and pauses: the same ones every time. */
function speech(count: number, seed: number): Span[] {
  let state = seed;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  let at = 0;
  return Array.from({ length: count }, () => {
    const from = at + Math.floor(random() ** 3 * 12 * SAMPLE_RATE) + 1600;
    at = from + 1600 + Math.floor(random() * 15 * SAMPLE_RATE);
    return { from, to: at };
  });
}

describe("packing", () => {
  test("a lone clip is one window, and nothing but it", () => {
    expect(pack([span(0.4, 5)])).toEqual([
      { pieces: [{ at: 0, from: 6400, length: 73600 }], speech: [span(0.4, 5)], length: 73600 },
    ]);
    expect(pack([])).toEqual([]);
  });

  test("short pauses stay, long ones shrink to their ends", () => {
    const [window] = pack([span(1, 3), span(3.25, 5), span(60, 62)]);
    expect(window?.pieces).toEqual([
      { at: 0, from: 16000, length: 4.25 * SAMPLE_RATE },
      { at: 4.25 * SAMPLE_RATE, from: 59.75 * SAMPLE_RATE, length: 2.25 * SAMPLE_RATE },
    ]);
  });

  test("the last windows share what is left evenly", () => {
    const windows = pack([span(0, 10), span(11, 20), span(21, 30), span(31, 36)]);
    expect(windows.map(({ length }) => seconds(length))).toEqual([19.5, 14.5]);
  });

  test("windows leave early while much is still to come", () => {
    const packer = createPacker(limits);
    packer.add(span(0, 20));
    packer.add(span(21, 30));
    expect(packer.take(10 * SAMPLE_RATE)).toEqual([]);
    expect(packer.take(600 * SAMPLE_RATE).map(({ length }) => seconds(length))).toEqual([20]);
    expect(packer.heldFrom).toBe(21 * SAMPLE_RATE);
  });

  test.each([1, 2, 3, 4, 5])("random speech %p: every sample of speech once, in order, no window too long", (seed) => {
    const regions = speech(200, seed);
    const windows = pack(regions);
    expect(windows.flatMap((window) => window.speech)).toEqual(regions);
    for (const window of windows) {
      expect(window.length).toBeLessThanOrEqual(limits.window);
      expect(window.length).toBe(window.pieces.reduce((sum, { length }) => sum + length, 0));
      for (const { from, to } of window.speech)
        expect(window.pieces.some((piece) => piece.from <= from && to <= piece.from + piece.length)).toBe(true);
      for (const [i, piece] of window.pieces.entries()) {
        const next = window.pieces[i + 1];
        if (next !== undefined) expect(piece.from + piece.length).toBeLessThanOrEqual(next.from);
      }
    }
    const spoken = regions.reduce((sum, { from, to }) => sum + to - from, 0);
    const decoded = windows.reduce((sum, { length }) => sum + length, 0);
    expect(decoded).toBeLessThan(spoken + regions.length * limits.silence);
    // Regions of up to 15 s leave at most that much of a window empty.
    for (const { length } of windows.slice(0, -3)) expect(seconds(length)).toBeGreaterThan(13);
  });
});

describe("the way back to audio time", () => {
  const [window] = pack([span(1, 3), span(60, 62)]) as [Window];

  test("is exact on both sides of a removed silence", () => {
    expect(toAudioTime(window, 0, "start")).toBe(1);
    expect(toAudioTime(window, 1.5, "start")).toBe(2.5);
    expect(toAudioTime(window, 2.25, "end")).toBe(3.25);
    expect(toAudioTime(window, 2.25, "start")).toBe(59.75);
    expect(toAudioTime(window, 4.5, "end")).toBe(62);
  });

  test("stays in the window", () => {
    expect(toAudioTime(window, -1, "start")).toBe(1);
    expect(toAudioTime(window, 30, "end")).toBe(62);
  });

  test("a word over the gap keeps the side where most of it is", () => {
    expect(toAudioSpan(window, 1, 2)).toEqual({ from: 2, to: 3 });
    expect(toAudioSpan(window, 2.15, 2.65)).toEqual({ from: 59.75, to: 60.15 });
    expect(toAudioSpan(window, 1.75, 2.35)).toEqual({ from: 2.75, to: 3.25 });
  });

  test("every sample of every window comes back to itself", () => {
    for (const packed of pack(speech(60, 9)))
      for (const { at, from, length } of packed.pieces)
        for (const offset of [0, 1, Math.floor(length / 2), length - 1])
          expect(Math.round(toAudioTime(packed, (at + offset) / SAMPLE_RATE, "start") * SAMPLE_RATE)).toBe(
            from + offset,
          );
  });
});
