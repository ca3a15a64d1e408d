/** Measures, in some seconds, which CPU variant and how many decodes at once are fastest on this machine, and keeps the answer. */
import { silentLog } from "../log/log.ts";
import { openMetrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import { gpuFiles } from "../native/variants.ts";
import { computeCores } from "./cores.ts";
import { type Engines, openEngines } from "./engines.ts";
import { sampleSpeech } from "./sample.ts";
import { SAMPLE_RATE } from "./settings.ts";
import { type Arrangement, type Measurement, newTuning, readTuning, type Tuning, writeTuning } from "./tuning.ts";
import { listVariants } from "./variants.ts";

/** Seconds of speech in one decode, and decodes for each of the arrangement's workers. */
const SECONDS = 5;
const ROUNDS = 2;

/** Sibling variants differ little; these families do not. Of each the one with the highest bid is measured. */
const families = [
  /sapphirerapids|graniterapids/,
  /skylakex|cannonlake|cascadelake|icelake|cooperlake|zen4/,
  /haswell|alderlake/,
];

/** At most one variant of each family, or the best two where there are no such families (ARM). */
export function candidates(variants: readonly string[]): string[] {
  const found = families.map((family) => variants.find((one) => family.test(one))).filter((one) => one !== undefined);
  return found.length > 0 ? found : variants.slice(0, 2);
}

export interface TuneOptions {
  signal: AbortSignal;
  /** Told each figure as it comes. */
  onMeasured?: (one: Measurement) => void;
}

/**
 * Measures every candidate with one decode for each core, then the fastest with fewer decodes of more threads. Undefined where the library
 * leaves no choice, or computes on a GPU. What cannot decode is left out; rejects with the signal's reason, and then nothing is kept.
 */
export async function tune(model: InstalledModel, { signal, onMeasured }: TuneOptions): Promise<Tuning | undefined> {
  const listed = gpuFiles().length > 0 ? [] : await listVariants();
  if (listed.length < 2) return undefined;
  const pcm = await sampleSpeech(SECONDS);
  const cores = computeCores();
  const measured: Measurement[] = [];
  const broken: Record<string, string> = {};
  const tryOne = async (arrangement: Arrangement) => {
    try {
      const one = { ...arrangement, speed: await measure(model, arrangement, pcm, signal) };
      measured.push(one);
      onMeasured?.(one);
    } catch (thrown) {
      signal.throwIfAborted();
      broken[arrangement.variant] = (thrown as Error).message;
    }
  };
  for (const variant of candidates(listed)) await tryOne({ variant, workers: cores, threads: 1 });
  const [best] = measured.toSorted((a, b) => b.speed - a.speed);
  for (let workers = cores >> 1; best && workers >= 1 && cores / workers <= 8; workers >>= 1)
    await tryOne({ variant: best.variant, workers, threads: Math.floor(cores / workers) });
  const known = readTuning() ?? newTuning(listed);
  const proven = [...new Set([...known.proven, ...measured.map(({ variant }) => variant)])];
  const tuning = { ...known, proven, broken: { ...known.broken, ...broken }, measured };
  writeTuning(tuning);
  return tuning;
}

async function measure(
  model: InstalledModel,
  arrangement: Arrangement,
  pcm: Float32Array,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const settings = { modelIdle: 0, memoryBudget: 0, queueSeconds: 3600, backend: "cpu", ...arrangement } as const;
  const engines = openEngines(settings, silentLog, openMetrics());
  try {
    const decodes = (count: number) =>
      Promise.all(Array.from({ length: count }, () => decode(engines, model, pcm.slice(), signal)));
    // The first of each worker makes its state and warms the caches.
    await decodes(arrangement.workers);
    const started = performance.now();
    const count = arrangement.workers * ROUNDS;
    await decodes(count);
    return (count * (pcm.length / SAMPLE_RATE) * 1000) / (performance.now() - started);
  } finally {
    await engines.close(0);
  }
}

async function decode(engines: Engines, model: InstalledModel, pcm: Float32Array, signal: AbortSignal): Promise<void> {
  const audioContext = 50 * SECONDS + 512;
  await engines.decode(model, {
    lane: "file",
    client: "tune",
    pcm,
    signal,
    options: { times: "none", audioContext, language: "en" },
  });
}
