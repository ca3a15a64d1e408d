/** What the tests of this folder share: the real model, real speech, and engines with settings of their own. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { clip } from "../../test/data.ts";
import { loadSettings } from "../config/load.ts";
import { silentLog } from "../log/log.ts";
import { type Metrics, openMetrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import { findInStore } from "../models/store.ts";
import { libraryPath } from "../native/library.ts";
import { LEAST_CAPACITY, NativeMedia } from "../native/media.ts";
import { type Engines, openEngines } from "./engines.ts";
import type { DecodeOptions, Job } from "./job.ts";
import { defaultPatience, type EngineSettings, type Patience, SAMPLE_RATE } from "./settings.ts";

const MODEL = "base.en-q8_0";

/** The default model as `bun run test` has put it into the cache, or the file that VERBATIM_TEST_MODEL names. */
export async function testModel(): Promise<InstalledModel> {
  const path = process.env.VERBATIM_TEST_MODEL;
  if (path) return { id: MODEL, path, size: Bun.file(path).size, multilingual: false };
  const found = await findInStore(MODEL, loadSettings().settings);
  if (!found) throw new Error(`${MODEL} is not installed: run \`bun run test\`, which fetches it.`);
  return found;
}

/** A committed recording as the engine wants it. */
export function pcmOf(path: string): Float32Array {
  using media = NativeMedia.fromFile(clip(path).file);
  const parts: Float32Array[] = [];
  for (;;) {
    const [part] = media.read("mono", 16 * LEAST_CAPACITY);
    if (!part) break;
    parts.push(part);
  }
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Seconds-long sentences, each by another speaker. */
export const sentences = [
  "librispeech_test_other/367-130732-0006.flac",
  "librispeech_test_other/2033-164914-0005.flac",
  "librispeech_test_other/1688-142285-0002.flac",
  "librispeech_test_other/3080-5032-0003.flac",
  "librispeech_test_other/2609-156975-0003.flac",
];

/** Words as they are compared: without case and punctuation. */
export function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' ]/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** Fast options for a clip: greedy, plain text, an encoder that looks little further than the audio. */
export function optionsFor(pcm: Float32Array): DecodeOptions {
  const audioContext = Math.min(1500, Math.ceil((pcm.length / SAMPLE_RATE) * 50) + 512);
  return { language: "en", times: "none", audioContext };
}

/** A file job of this client for the whole clip. */
export function jobFor(client: string, pcm: Float32Array, more: Partial<Job> = {}): Job {
  return { lane: "file", client, pcm, options: optionsFor(pcm), ...more };
}

export interface TestEngines extends AsyncDisposable {
  engines: Engines;
  metrics: Metrics;
}

/** Engines with one thread per job, closed at the end of the scope. */
export function openTestEngines(settings: Partial<EngineSettings> = {}, patience: Partial<Patience> = {}): TestEngines {
  const metrics = openMetrics();
  const engines = openEngines(
    { workers: 0, threads: 1, modelIdle: 0, memoryBudget: 0, queueSeconds: 3600, backend: "auto", ...settings },
    silentLog,
    metrics,
    { ...defaultPatience, ...patience },
  );
  return { engines, metrics, [Symbol.asyncDispose]: () => engines.close(0) };
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks again and again until it is so; the test's own time limit ends a wait that is in vain. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(2);
}

/** A copy of the library in a folder, with variants beside it that do nothing but bid: what computes is the library, which has this machine's code inside. */
export function libraryWithVariants(folder: string, bids: Readonly<Record<string, number>>): void {
  mkdirSync(folder);
  copyFileSync(libraryPath(), join(folder, basename(libraryPath())));
  for (const [file, bid] of Object.entries(bids)) {
    const source = join(folder, "bid.c");
    writeFileSync(source, `int ggml_backend_score(void) { return ${bid}; }\n`);
    const { exitCode } = Bun.spawnSync(["cc", "-shared", "-fPIC", "-o", join(folder, file), source]);
    if (exitCode !== 0) throw new Error("The C compiler failed");
    rmSync(source);
  }
}
