import { expect, test } from "bun:test";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { Segment } from "../../text/transcript.ts";
import { Told } from "./told.ts";

const seconds = (from: number, to: number) => ({ from: from * SAMPLE_RATE, to: to * SAMPLE_RATE });

/** A segment of these tokens between its times. */
function saying(...ids: number[]): Segment[] {
  const tokens = [50_363, ...ids, 50_400].map((id) => ({ id, bytes: new Uint8Array(), logProbability: 0 }));
  const scores = {
    temperature: 0,
    averageLogProbability: 0,
    noSpeechProbability: 0,
    compressionRatio: 1,
    windowStart: 0,
  };
  return [{ text: "", from: 0, to: 0, words: [], tokens, ...scores }];
}

test("an utterance stands after those that are near", () => {
  const told = new Told();
  told.add(seconds(1, 3), saying(1, 2));
  told.add(seconds(3.5, 5), saying(3));
  expect(told.before(seconds(5.5, 8))).toEqual({ from: SAMPLE_RATE, tokens: [1, 2, 3] });
  expect(told.before(seconds(10.5, 12))).toEqual({ from: 10.5 * SAMPLE_RATE, tokens: [] });
});

test("what is too far back, or too much for the window, is left out", () => {
  const told = new Told();
  told.add(seconds(0, 4), saying(1));
  told.add(seconds(4, 7), saying(2));
  expect(told.before(seconds(9, 12)).tokens).toEqual([]);
  expect(told.before(seconds(8.2, 12)).tokens).toEqual([2]);
  expect(told.before(seconds(8.2, 35)).tokens).toEqual([]);
});

test("too many words are left out", () => {
  const told = new Told();
  told.add(seconds(0, 3), saying(...Array.from({ length: 70 }, (_, i) => i)));
  told.add(seconds(3, 4), saying(...Array.from({ length: 20 }, (_, i) => i)));
  expect(told.before(seconds(4, 6))).toMatchObject({ from: 3 * SAMPLE_RATE });
});

test("an utterance without words tells nothing", () => {
  const told = new Told();
  told.add(seconds(0, 3), []);
  expect(told.before(seconds(3, 6))).toEqual({ from: 3 * SAMPLE_RATE, tokens: [] });
});
