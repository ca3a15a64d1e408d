import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { clip } from "../../../test/data.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { pcmOf, sentences } from "../../engine/testing.ts";
import type { SpeechDetector } from "../../vad/speech.ts";
import { createRecognizer } from "../recognizer.ts";
import { join16k, openTestRecognizer, recording, type TestRecognizer, wordErrorRate } from "../testing.ts";
import { type Heard, listen } from "./testing.ts";

let test16k: TestRecognizer;
beforeAll(async () => {
  test16k = await openTestRecognizer();
});
afterAll(() => test16k[Symbol.asyncDispose]());

const path = sentences[2] as string;

/** A metric's value, by the beginning of its line. */
function metric(line: string): number {
  const found = test16k.metrics
    .text()
    .split("\n")
    .find((one) => one.startsWith(`${line} `));
  return Number(found?.slice(line.length) ?? 0);
}

/** Finals whose latency was noted. */
function latencies(): number {
  const reasons = ["endpoint", "length", "finalize", "gap", "close"];
  return reasons.reduce((sum, reason) => sum + metric(`stt_final_latency_seconds_count{reason="${reason}"}`), 0);
}

test("closing all sends the finals of each first", async () => {
  const all = Array.from({ length: 4 }, () => listen(test16k, { interim: false }));
  expect(metric("stt_sessions_active")).toBe(4);
  for (const { session } of all) session.push([pcmOf(path)]);
  await test16k.recognizer.closeSessions(300);
  await Promise.all(all.map(({ over }) => over));
  for (const heard of all) {
    expect(wordErrorRate(recording(path).reference, heard.text)).toBeLessThan(0.1);
    expect(heard.of("closed")).toMatchObject([{ reason: "closed" }]);
  }
  expect(metric("stt_sessions_active")).toBe(0);
  expect(metric('stt_sessions_total{reason="closed"}')).toBe(4);
  expect(latencies()).toBe(4);
});

test("closing all waits no longer than it may", async () => {
  const heard = listen(test16k);
  heard.session.push([join16k(...sentences.flatMap((one) => [pcmOf(one), 1]))]);
  const before = metric('stt_sessions_total{reason="deadline"}');
  await test16k.recognizer.closeSessions(0);
  await heard.over;
  expect(heard.of("closed")).toMatchObject([{ reason: "deadline" }]);
  expect(metric("stt_sessions_active")).toBe(0);
  expect(metric('stt_sessions_total{reason="deadline"}')).toBe(before + 1);
});

test("what sessions do is counted", async () => {
  const before = metric("stt_partials_total");
  const noted = latencies();
  const heard = listen(test16k, { interim: 200, endpointing: 3000 });
  heard.session.push([join16k(pcmOf(path), 0.6)]);
  await heard.next("endpoint-likely");
  heard.session.push([join16k(pcmOf(path), 4)]);
  await heard.next("speech-resumed");
  await heard.next("final");
  await heard.session.close();
  await heard.over;
  expect(metric('stt_speculative_finals_total{outcome="void"}')).toBeGreaterThan(0);
  expect(metric('stt_speculative_finals_total{outcome="kept"}')).toBeGreaterThan(0);
  expect(latencies() - noted).toBe(heard.of("final").length);
  expect(metric("stt_partials_total") - before).toBeGreaterThanOrEqual(heard.of("partial").length);
});

describe("sessions that are not heard, because other programs leave the machine no time,", () => {
  const MINUTE = 60 * SAMPLE_RATE * Float32Array.BYTES_PER_ELEMENT;

  /** A recognizer whose sessions may hold so many bytes; its detector answers nothing until it is let. */
  function starved(liveMemory: number) {
    const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
    const { parts } = test16k;
    const vad: SpeechDetector = {
      open() {
        const stream = parts.vad.open();
        return {
          push: async (pcm) => {
            const answer = stream.push(pcm);
            await heard;
            return await answer;
          },
          reset: () => stream.reset(),
          close: () => stream.close(),
        };
      },
      close: () => Promise.resolve(),
    };
    const recognizer = createRecognizer({ ...parts, vad, settings: { ...parts.settings, liveMemory } });
    return { few: { ...test16k, recognizer }, hear };
  }
  const seconds = (count: number) => [new Float32Array(count * SAMPLE_RATE)];

  test("hold together what they may, and no more: those that are furthest behind are told why, and end", async () => {
    const { few, hear } = starved(2 * MINUTE);
    const all = Array.from({ length: 4 }, () => listen(few, { interim: false }));
    const [near, far, farther, farthest] = all as [Heard, Heard, Heard, Heard];
    near.session.push([join16k(pcmOf(path), 1)]);
    far.session.push(seconds(30));
    farther.session.push(seconds(35));
    farthest.session.push(seconds(40));
    expect(all.flatMap(({ of }) => of("closed"))).toEqual([]);
    // 111 s are held. The one that brings it to more than there may be is not the one that ends.
    for (let i = 0; i < 20; i++) near.session.push(seconds(1));
    await farthest.over;
    expect(farthest.of("error")).toMatchObject([{ code: "busy" }]);
    expect(farthest.of("closed")).toMatchObject([{ reason: "overflow", at: 40 }]);
    expect([near, far, farther].flatMap(({ of }) => of("closed"))).toEqual([]);
    // One that is the furthest itself.
    far.session.push(seconds(50));
    await far.over;
    expect(far.of("closed")).toMatchObject([{ reason: "overflow" }]);
    hear();
    await Promise.all([near.session.close(), farther.session.close()]);
    expect(wordErrorRate(recording(path).reference, near.text)).toBeLessThan(0.1);
    expect([near, farther].flatMap(({ of }) => of("error"))).toEqual([]);
    // All of it has gone back.
    const next = listen(few, { interim: false });
    next.session.push(seconds(100));
    await next.session.close();
    await next.over;
    expect(next.of("closed")).toMatchObject([{ reason: "closed" }]);
  });

  test("bytes that are no samples yet count, and so does what waits outside, until it does not", async () => {
    const { few, hear } = starved(MINUTE);
    const outside = listen(few);
    const beside = listen(few);
    for (let i = 0; i < 100; i++) {
      outside.session.waitsOutside(0.9 * MINUTE);
      outside.session.waitsOutside(0);
    }
    beside.session.push(seconds(20));
    outside.session.waitsOutside(0.7 * MINUTE);
    await outside.over;
    expect(outside.of("closed")).toMatchObject([{ reason: "overflow" }]);
    const encoded = listen(few);
    const wav = await Bun.file(clip(path).file).bytes();
    void encoded.session.pushEncoded(wav);
    for (let i = 0; i < 9; i++) void encoded.session.pushEncoded(new Uint8Array(MINUTE / 10));
    await encoded.over;
    expect(encoded.of("closed")).toMatchObject([{ reason: "overflow" }]);
    expect(beside.of("closed")).toEqual([]);
    hear();
    await beside.session.close();
  });
});
