import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../log/log.ts";
import { fittingVariants, variantFiles } from "../native/variants.ts";
import { sampleSpeech } from "./sample.ts";
import { libraryWithVariants } from "./testing.ts";
import { candidates } from "./tune.ts";
import { fastest, newTuning, readTuning, type Tuning, tuningFile, writeTuning } from "./tuning.ts";
import { Variants } from "./variants.ts";

const scratch = mkdtempSync(join(tmpdir(), "verbatim-tuning-"));
const before = { ...process.env };

/** The library with three variants beside it that do nothing but bid; the first does not fit. */
const bids = { "libggml-cpu-next.so": 0, "libggml-cpu-old.so": 1, "libggml-cpu-zen4.so": 64 };

beforeAll(() => {
  const folder = join(scratch, "native");
  libraryWithVariants(folder, bids);
  process.env.VERBATIM_NATIVE_DIR = folder;
  delete process.env.VERBATIM_NATIVE_VARIANT;
});

afterAll(() => {
  for (const name of ["VERBATIM_NATIVE_DIR", "VERBATIM_CACHE_DIR", "VERBATIM_NATIVE_VARIANT"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  rmSync(scratch, { recursive: true, force: true });
});

function freshCache(): string {
  const cache = mkdtempSync(join(scratch, "cache-"));
  process.env.VERBATIM_CACHE_DIR = cache;
  return cache;
}

describe("the variants of a release", () => {
  test("are those that fit, the highest bid first", () => {
    expect(variantFiles()).toEqual(Object.keys(bids));
    expect(fittingVariants()).toEqual(["libggml-cpu-zen4.so", "libggml-cpu-old.so"]);
  });

  test("serve where a GPU cannot, and one that may have been at fault is tried without it", async () => {
    freshCache();
    const gpu = join(process.env.VERBATIM_NATIVE_DIR as string, "libggml-cuda.so");
    writeFileSync(gpu, "");
    try {
      const variants = new Variants(silentLog, "auto");
      const both = { gpu: "libggml-cuda.so", variant: "libggml-cpu-zen4.so", prove: true };
      expect(await variants.choose("large")).toEqual(both);
      expect(variants.failed("large", both, "no memory")).toBe(true);
      const alone = await variants.choose("large");
      expect(alone).toEqual({ ...both, gpu: undefined });
      // The reason may have been the model.
      expect(await variants.choose("small")).toEqual(both);
      expect(variants.failed("large", alone, "signal SIGILL")).toBe(true);
      expect(await variants.choose("large")).toEqual({ ...both, variant: "libggml-cpu-old.so" });

      const asked = new Variants(silentLog, "cuda");
      expect(asked.failed("large", await asked.choose("large"), "no memory")).toBe(false);
      expect((await asked.choose("large")).gpu).toBe("libggml-cuda.so");
      for (const backend of ["cpu", "vulkan"] as const)
        expect(await new Variants(silentLog, backend).choose("large")).toEqual({ ...both, gpu: undefined });
    } finally {
      rmSync(gpu);
    }
  });

  test("are trusted once a process has decoded with one, which the next start knows", async () => {
    freshCache();
    const variants = new Variants(silentLog, "auto");
    expect(await variants.choose("base.en")).toEqual({ gpu: undefined, variant: "libggml-cpu-zen4.so", prove: true });
    const first = await variants.choose("base.en");
    expect(variants.failed("base.en", first, "signal SIGILL")).toBe(true);
    expect(readTuning()).toBeUndefined();
    expect(await variants.choose("base.en")).toEqual({ gpu: undefined, variant: "libggml-cpu-old.so", prove: true });
    variants.proved(await variants.choose("base.en"));
    const next = new Variants(silentLog, "auto");
    expect(await next.choose("base.en")).toEqual({ gpu: undefined, variant: "libggml-cpu-old.so", prove: false });
    expect(readTuning()?.broken).toEqual({ "libggml-cpu-zen4.so": "signal SIGILL" });
  });

  test("are not to blame when none of them lives", async () => {
    freshCache();
    const variants = new Variants(silentLog, "auto");
    for (const variant of fittingVariants()) {
      const choice = await variants.choose("base.en");
      expect(choice.variant).toBe(variant);
      expect(variants.failed("base.en", choice, "signal SIGSEGV")).toBe(true);
    }
    expect(await variants.choose("base.en")).toEqual({ gpu: undefined, variant: undefined, prove: false });
    expect(await variants.choose("base.en")).toEqual({ gpu: undefined, variant: "libggml-cpu-zen4.so", prove: true });
  });

  test("follow the measurement, and a forced one follows nothing", async () => {
    freshCache();
    const arrangement = { variant: "libggml-cpu-old.so", workers: 3, threads: 1, speed: 9 };
    const proven = ["libggml-cpu-old.so"];
    writeTuning({ ...newTuning(fittingVariants()), proven, measured: [arrangement] });
    const variants = new Variants(silentLog, "auto");
    expect(variants.workers).toBe(3);
    expect(await variants.choose("base.en")).toEqual({ gpu: undefined, variant: "libggml-cpu-old.so", prove: false });
    const forced = new Variants(silentLog, "auto", "libggml-cpu-next.so");
    expect(await forced.choose("base.en")).toEqual({ gpu: undefined, variant: "libggml-cpu-next.so", prove: false });
  });
});

describe("what is known of a CPU", () => {
  test("is whole or not there", () => {
    const cache = freshCache();
    expect(readTuning()).toBeUndefined();
    const tuning: Tuning = { ...newTuning(["libggml-cpu-old.so"]), broken: { x: "y" } };
    writeTuning(tuning);
    expect(readTuning()).toEqual(tuning);
    expect(readdirSync(join(cache, "tuning")).length).toBe(1);
    writeFileSync(tuningFile(), '{"variants": 1}');
    expect(readTuning()).toBeUndefined();
    writeFileSync(tuningFile(), '{"vari');
    expect(readTuning()).toBeUndefined();
  });

  test("is forgotten where the cache cannot be written", () => {
    const cache = freshCache();
    writeFileSync(join(cache, "tuning"), "a file, no folder");
    writeTuning(newTuning([]));
    expect(readTuning()).toBeUndefined();
  });
});

test("one of each family is measured, or the best two", () => {
  const amx = ["libggml-cpu-sapphirerapids.so", "libggml-cpu-zen4.so", "libggml-cpu-icelake.so"];
  const older = ["libggml-cpu-haswell.so", "libggml-cpu-sandybridge.so", "libggml-cpu-x64.so"];
  expect(candidates([...amx, ...older])).toEqual([amx[0], amx[1], older[0]] as string[]);
  expect(candidates(older.slice(1))).toEqual(older.slice(1));
  const arm = ["libggml-cpu-armv8.6_1.so", "libggml-cpu-armv8.2_2.so", "libggml-cpu-armv8.0_1.so"];
  expect(candidates(arm)).toEqual(arm.slice(0, 2));
});

test("the fastest wins; of equals the one with more decodes at once", () => {
  const one = (workers: number, speed: number) => ({ variant: "v", workers, threads: 4 / workers, speed });
  expect(fastest([])).toBeUndefined();
  expect(fastest([one(4, 10), one(2, 10.4)])).toEqual(one(4, 10));
  expect(fastest([one(4, 10), one(2, 10.6)])).toEqual(one(2, 10.6));
});

test("the sample is so many seconds of sound", async () => {
  const pcm = await sampleSpeech(2);
  expect(pcm.length).toBe(32_000);
  expect(pcm.some((value) => Math.abs(value) > 0.1)).toBe(true);
  expect(pcm.every((value) => Math.abs(value) <= 1)).toBe(true);
  expect((await sampleSpeech(100)).length).toBe(176_000);
});
