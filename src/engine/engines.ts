/** The engines of this program and the one scheduler over them: the only door of this folder. */
import { toVerbatimError, VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import type { Claim } from "./admission.ts";
import type { Decoded, Job, LanguageGuess, ModelFacts } from "./job.ts";
import { Scheduler } from "./scheduler.ts";
import { defaultPatience, type EngineSettings, MAX_JOB_SECONDS, type Patience, SAMPLE_RATE } from "./settings.ts";
import type { EngineStatus } from "./status.ts";
import { type Request, Task } from "./task.ts";

export interface Engines {
  /** Queues one job for a model and answers with its words. Rejects with `cancelled`, `timeout`, `busy`, `engine-failed`, `shutting-down`. */
  decode(model: InstalledModel, job: Job): Promise<Decoded>;
  /** The same for the language of some speech, among all or those given. */
  detectLanguage(model: InstalledModel, job: Omit<Job, "options">, among?: readonly string[]): Promise<LanguageGuess>;
  /** Claims room for so many seconds of audio before they are read; throws `busy` with `retryAfter`. Release when done. */
  admit(client: string, seconds: number): Claim;
  /** Loads a model, or waits for it, and says what it is. */
  facts(model: InstalledModel, signal?: AbortSignal): Promise<ModelFacts>;
  /** Gives a model's memory back once what runs has been answered. */
  unload(modelId: string): Promise<void>;
  /** Every model that was loaded since the start. */
  status(): EngineStatus[];
  /** Takes no more work, waits for what there is, at most so many seconds, and ends all processes. */
  close(deadline?: number): Promise<void>;
}

/** Seconds that `close` waits for work in progress. */
const CLOSE_DEADLINE = 20;

/** Opens the scheduler; a model is loaded when it is first asked for. */
export function openEngines(
  settings: EngineSettings,
  log: Log,
  metrics: Metrics,
  patience: Patience = defaultPatience,
): Engines {
  const scheduler = new Scheduler(settings, patience, log, metrics);

  async function submit(model: InstalledModel, job: Omit<Job, "options">, request: Request): Promise<unknown> {
    if (job.signal?.aborted) throw toVerbatimError(job.signal.reason);
    if (job.pcm.length > MAX_JOB_SECONDS * SAMPLE_RATE)
      throw new VerbatimError("bad-parameter", `One job takes at most ${MAX_JOB_SECONDS} s of audio.`);
    const task = new Task(model.id, job, request, (abandoned) => scheduler.abandon(abandoned));
    scheduler.add(model, task);
    return JSON.parse(new TextDecoder().decode(await task.answer));
  }

  return {
    decode: async (model, { options, ...job }) => (await submit(model, job, { kind: "decode", options })) as Decoded,
    detectLanguage: async (model, job, among) => (await submit(model, job, { kind: "detect", among })) as LanguageGuess,
    admit: (client, seconds) => scheduler.admit(client, seconds),
    facts: (model, signal) => unlessAborted(scheduler.load(model), signal),
    unload: (modelId) => scheduler.unload(modelId),
    status: () => scheduler.status(),
    close: (deadline = CLOSE_DEADLINE) => scheduler.close(deadline),
  };
}

/** The promise, or the signal's reason if that comes first; what was begun goes on. */
function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(toVerbatimError(signal.reason));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}
