/** Tuning that a server does by itself: after it is ready, once for each CPU, and never in the way of work. */
import type { InstalledModel } from "../models/model.ts";
import { gpuFiles } from "../native/variants.ts";
import type { Engines } from "./engines.ts";
import { type TuneOptions, tune } from "./tune.ts";
import { readTuning, type Tuning } from "./tuning.ts";

export interface IdleOptions extends TuneOptions {
  /** How long nothing may have been decoded before a measurement takes the machine, in milliseconds. */
  idle?: number;
  /** How often that is looked at, in milliseconds. */
  look?: number;
}

/**
 * Tunes once, after the engines have had nothing to do for a while; work that comes meanwhile has the machine at once and the measurement
 * begins again later. Resolves when it is done, or was not needed, or the signal has ended it.
 */
export async function tuneWhenIdle(
  model: InstalledModel,
  engines: Engines,
  { signal, onMeasured, idle = 15_000, look = 250 }: IdleOptions,
): Promise<Tuning | undefined> {
  if (readTuning()?.measured.length !== 0 || gpuFiles().length > 0) return undefined;
  const isBusy = () =>
    engines.status().some(({ running, queued }) => running + queued.final + queued.partial + queued.file > 0);
  let used = Date.now();
  let abort: AbortController | undefined;
  const clock = setInterval(() => {
    if (isBusy()) {
      used = Date.now();
      abort?.abort();
    }
  }, look);
  try {
    while (!signal.aborted) {
      if (Date.now() - used < idle) {
        await Bun.sleep(look);
        continue;
      }
      abort = new AbortController();
      try {
        return await tune(model, {
          signal: AbortSignal.any([signal, abort.signal]),
          ...(onMeasured && { onMeasured }),
        });
      } catch (thrown) {
        if (!abort.signal.aborted && !signal.aborted) throw thrown;
      }
    }
    return undefined;
  } finally {
    clearInterval(clock);
  }
}
