import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { pcmOf, sentences } from "../engine/testing.ts";
import { startDetector } from "../vad/detector.ts";
import { defaultRegions } from "../vad/regions.ts";
import type { SpeechDetector } from "../vad/speech.ts";
import { type HeardWindow, Listener } from "./listener.ts";
import { join16k } from "./testing.ts";

let vad: SpeechDetector;
beforeAll(async () => {
  vad = await startDetector();
});
afterAll(() => vad.close());

const limits = { window: 28 * SAMPLE_RATE, silence: 0.5 * SAMPLE_RATE };

async function listen(pcm: Float32Array, block = SAMPLE_RATE): Promise<{ windows: HeardWindow[]; listener: Listener }> {
  const listener = new Listener(vad.open(), defaultRegions, limits);
  const windows: HeardWindow[] = [];
  for (let at = 0; at < pcm.length; at += block)
    windows.push(...(await listener.hear(pcm.subarray(at, at + block), 0)));
  windows.push(...listener.finish());
  listener.close();
  return { windows, listener };
}
const seconds = (samples: number) => samples / SAMPLE_RATE;

describe("windows of speech", () => {
  const clip = pcmOf(sentences[2] as string);

  test("come out the same however the audio comes in", async () => {
    const pcm = join16k(1, clip, 3, clip, 0.4, clip, 50, clip, 2);
    const { windows } = await listen(pcm);
    for (const block of [317, 16_000 * 7, pcm.length])
      expect((await listen(pcm, block)).windows.map(({ window }) => window)).toEqual(
        windows.map(({ window }) => window),
      );
  });

  test("hold the samples that were heard there", async () => {
    const pcm = join16k(1, clip, 30, clip, 2);
    for (const { window, pcm: heard } of (await listen(pcm)).windows) {
      expect(heard).toHaveLength(window.length);
      for (const { at, from, length } of window.pieces)
        expect(heard.subarray(at, at + length)).toEqual(pcm.subarray(from, from + length));
    }
  });

  test("say where in them somebody speaks", async () => {
    const { windows } = await listen(join16k(2, clip, 3, clip, 1));
    const voiced = windows.flatMap((window) => window.voiced).map(({ from, to }) => [seconds(from), seconds(to)]);
    expect(voiced[0]?.[0]).toBeGreaterThan(1.95);
    const second = voiced.find(([from = 0]) => from > 2 + seconds(clip.length) + 1) ?? [];
    expect(second[0]).toBeGreaterThan(5 + seconds(clip.length) - 0.05);
  });

  test("leave nothing behind when all is heard", async () => {
    const { listener } = await listen(join16k(clip, 1));
    expect(listener.settled).toBe(listener.heard);
    expect(seconds(listener.speech)).toBeGreaterThan(1.5);
  });
});

test("faint speech is heard as well as loud", async () => {
  const clips = sentences.map((path) => pcmOf(path));
  const pcm = join16k(...clips.flatMap((clip) => [1, clip]));
  const faint = pcm.map((sample) => sample / 200);
  const loud = await listen(pcm);
  const quiet = await listen(faint);
  expect(Math.abs(quiet.listener.speech / loud.listener.speech - 1)).toBeLessThan(0.05);
});

test("speech without a pause is cut where it is quietest, into windows that fit", async () => {
  // Every sentence without its silences, again and again: two minutes of talk.
  const breathless = await Promise.all(
    sentences.map(async (path) => {
      const pcm = pcmOf(path);
      const [{ voiced } = { voiced: [] }] = (await listen(pcm)).windows;
      return pcm.subarray(voiced[0]?.from ?? 0, voiced.at(-1)?.to ?? pcm.length);
    }),
  );
  const pcm = join16k(...Array.from({ length: 10 }, () => breathless).flat());
  const never = { ...defaultRegions, minSilenceMs: 5000 };
  const listener = new Listener(vad.open(), never, limits);
  const windows: HeardWindow[] = [];
  let furthest = 0;
  for (let at = 0; at < pcm.length; at += SAMPLE_RATE) {
    windows.push(...(await listener.hear(pcm.subarray(at, at + SAMPLE_RATE), 0)));
    furthest = Math.max(furthest, listener.heard - listener.settled);
  }
  windows.push(...listener.finish());
  listener.close();
  expect(windows.length).toBeGreaterThan(3);
  for (const { window } of windows) expect(window.length).toBeLessThanOrEqual(limits.window);
  const spans = windows.flatMap(({ window }) => window.speech);
  for (const [i, span] of spans.entries()) if (i > 0) expect(span.from).toBe(spans[i - 1]?.to as number);
  // Two windows that wait for each other, and the one that is open.
  expect(seconds(furthest)).toBeLessThan(3 * 28 + 3);
});
