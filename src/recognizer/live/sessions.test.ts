import { afterAll, beforeAll, expect, test } from "bun:test";
import { pcmOf, sentences } from "../../engine/testing.ts";
import { join16k, openTestRecognizer, recording, type TestRecognizer, wordErrorRate } from "../testing.ts";
import { listen } from "./testing.ts";

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
