/** Tuning that a server does by itself: after it is ready, once for each CPU, and never in the way of work. */
import type { InstalledModel } from "../models/model.ts";
import type { Engines } from "./engines.ts";
import { tune } from "./tune.ts";
import { readTuning, type Tuning } from "./tuning.ts";

/** How long nothing may have been decoded before a measurement takes the machine, in milliseconds, and how often that is looked at. */
const IDLE = 15_000;
const LOOK = 250;

/**
 * Tunes once, after the engines have had nothing to do for a while; work that comes meanwhile has the machine at once and the measurement
 * begins again later. Resolves when it is done, or was not needed, or the signal has ended it.
 */
export async function tuneWhenIdle(
  model: InstalledModel,
  engines: Engines,
  signal: AbortSignal,
): Promise<Tuning | undefined> {
  if (readTuning()?.measured.length !== 0) return undefined;
  const isBusy = () =>
    engines.status().some(({ running, queued }) => running + queued.final + queued.partial + queued.file > 0);
  let used = Date.now();
  let abort: AbortController | undefined;
  const clock = setInterval(() => {
    if (isBusy()) {
      used = Date.now();
      abort?.abort();
    }
  }, LOOK);
  try {
    while (!signal.aborted) {
      if (Date.now() - used < IDLE) {
        await Bun.sleep(LOOK);
        continue;
      }
      abort = new AbortController();
      try {
        return await tune(model, { signal: AbortSignal.any([signal, abort.signal]) });
      } catch (thrown) {
        if (!abort.signal.aborted && !signal.aborted) throw thrown;
      }
    }
    return undefined;
  } finally {
    clearInterval(clock);
  }
}
