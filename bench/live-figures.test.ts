import { describe, expect, test } from "bun:test";
import type { SessionEvent } from "../src/recognizer/live/events.ts";
import { clipFigures, Durations, latencyFigures, streamScore } from "./live-figures.ts";
import type { Arrival } from "./live-load.ts";
import { type Speech, within } from "./live-speech.ts";

/** Positions in seconds. */
const at = (seconds: number) => seconds * 16_000;
const clip = (from: number, to: number, reference: string) => ({
  from: at(from),
  to: at(to),
  audibleFrom: at(from + 0.2),
  audibleTo: at(to - 0.1),
  endsQuiet: to < 5,
  reference,
});
const speech: Speech = {
  pcm: new Float32Array(),
  spoken: [clip(1, 4, "one two three"), clip(6, 8, "four")],
};

function arrival(milliseconds: number, event: Record<string, unknown>): Arrival {
  return { at: milliseconds, event: event as unknown as SessionEvent };
}
const final = (when: number, from: number, to: number, text: string) =>
  arrival(when, { type: "final", from, to, text });
const partial = (when: number, utterance: number, word: number) =>
  arrival(when, { type: "partial", utterance, words: [{ from: word }] });

test("a clip's last final counts, from the end of what is audible, and from that of what the VAD heard", () => {
  const [first, second] = clipFigures(speech, [
    partial(2000, 0, 1.2),
    partial(2500, 0, 1.2),
    final(2900, 0.9, 2.5, "one two"),
    partial(3600, 1, 3),
    arrival(4200, { type: "speech-ended", spokenTo: 3.9 }),
    final(4250, 2.9, 4.1, "three"),
  ]);
  expect(first).toEqual({ final: 350, quiet: 350, heard: 350, decode: 50, firstPartial: 800, cadence: [500] });
  expect(second).toEqual({
    final: undefined,
    quiet: undefined,
    heard: undefined,
    decode: undefined,
    firstPartial: undefined,
    cadence: [],
  });
});

test("a final without words is none", () => {
  const [first] = clipFigures(speech, [final(4100, 1, 3.9, "one"), final(4600, 3.9, 4.4, "")]);
  expect(first?.final).toBe(200);
});

test("medians and percentiles leave clips out of which nothing came, and say how many", () => {
  const clips = [100, 200, 300, undefined].map((value) => ({
    ...{ final: value, quiet: value, heard: value, decode: 0, firstPartial: undefined },
    cadence: [],
  }));
  expect(latencyFigures(clips, 50)).toMatchObject({
    clips: 4,
    lost: 1,
    median: 200,
    beyondMedian: 150,
    p95: 300,
    quietClips: 3,
  });
});

test("a stream is scored over all that was said in it", () => {
  const arrivals = [final(0, 1, 4, " One, two"), final(0, 6, 8, " four.")];
  expect(streamScore(speech, arrivals)).toEqual({ errors: 1, words: 4 });
});

test("durations keep their quantiles to a quarter of a millisecond", () => {
  const durations = new Durations();
  for (let i = 1; i <= 100; i++) durations.add(i);
  expect([durations.count, durations.quantile(0.5), durations.quantile(0.95), durations.most]).toEqual([
    100, 51, 96, 100,
  ]);
  durations.add(60_000);
  expect([durations.quantile(1), durations.most]).toEqual([10_000, 60_000]);
  durations.clear();
  expect(durations.count).toBe(0);
});

describe("where speech ends", () => {
  test("is the last frame of 20 ms that is loud enough beside the loudest", () => {
    const pcm = new Float32Array(16_000);
    pcm.fill(0.5, 3200, 6400);
    pcm.fill(0.01, 6400, 9600);
    pcm.fill(0.001, 9600, 12_800);
    expect(within(pcm, 25)).toEqual({ from: 3200, to: 6400 });
    expect(within(pcm, 40)).toEqual({ from: 3200, to: 9600 });
  });

  test("is nowhere in silence", () => {
    expect(within(new Float32Array(1000), 40)).toEqual({ from: 0, to: 0 });
  });
});
