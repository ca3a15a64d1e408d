import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jobFor, libraryWithVariants, openTestEngines, pcmOf, sentences, testModel, until } from "./testing.ts";
import { tuneWhenIdle } from "./tune-when-idle.ts";
import { newTuning, readTuning, writeTuning } from "./tuning.ts";

const scratch = mkdtempSync(join(tmpdir(), "verbatim-idle-"));
const before = { ...process.env };

const model = await testModel();
const pcm = pcmOf(sentences[0] as string);

/** Milliseconds that a test need not wait longer than. */
const soon = { idle: 100, look: 10 };

/** They do nothing but bid: what computes is the library beside them, which has this machine's code inside. */
const bids = { "libggml-cpu-zen4.so": 2, "libggml-cpu-icelake.so": 1 };

beforeAll(() => {
  const folder = join(scratch, "native");
  libraryWithVariants(folder, bids);
  process.env.VERBATIM_NATIVE_DIR = folder;
  delete process.env.VERBATIM_NATIVE_VARIANT;
});

beforeEach(() => {
  process.env.VERBATIM_CACHE_DIR = mkdtempSync(join(scratch, "cache-"));
});

afterAll(() => {
  for (const name of ["VERBATIM_NATIVE_DIR", "VERBATIM_CACHE_DIR", "VERBATIM_NATIVE_VARIANT"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  rmSync(scratch, { recursive: true, force: true });
});

test("a measurement waits for work to be done, gives way to new work, begins again and keeps its answer", async () => {
  await using opened = openTestEngines();
  const decode = () => opened.engines.decode(model, jobFor("test", pcm.slice()));
  const measured: string[] = [];
  const { text } = await decode();
  const working = decode();
  const tuning = tuneWhenIdle(model, opened.engines, {
    signal: new AbortController().signal,
    onMeasured: ({ variant }) => measured.push(variant),
    ...soon,
  });
  await working;
  expect(measured).toEqual([]);
  await until(() => measured.length === 1);
  expect((await decode()).text).toBe(text);
  expect(readTuning()?.measured).toEqual([]);
  const found = (await tuning)?.measured ?? [];
  expect(found.map(({ variant }) => variant)).toEqual(measured.slice(1));
  // Siblings of one family differ little: one stands for both.
  expect(new Set(measured)).toEqual(new Set(["libggml-cpu-zen4.so"]));
  expect(readTuning()?.measured).toEqual(found);
}, 60_000);

test("a server that stops ends its measurement, of which nothing is kept", async () => {
  await using opened = openTestEngines();
  await opened.engines.facts(model);
  const stop = new AbortController();
  const tuning = tuneWhenIdle(model, opened.engines, { signal: stop.signal, onMeasured: () => stop.abort(), ...soon });
  expect(await tuning).toBeUndefined();
  expect(stop.signal.aborted).toBe(true);
  expect(readTuning()?.measured).toEqual([]);
}, 60_000);

test("a CPU is measured once", async () => {
  await using opened = openTestEngines();
  const known = { variant: "libggml-cpu-zen4.so", workers: 1, threads: 1, speed: 9 };
  writeTuning({ ...newTuning(["libggml-cpu-zen4.so"]), measured: [known] });
  const { signal } = new AbortController();
  expect(await tuneWhenIdle(model, opened.engines, { signal, idle: 0 })).toBeUndefined();
  expect(readTuning()?.measured).toEqual([known]);
});
