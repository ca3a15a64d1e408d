/** Puts the parts of recognition together, for every command that recognises. */
import { join } from "node:path";
import { embeddedFfmpeg } from "../assets/assets.ts";
import { type Audio, openAudio } from "../audio/open.ts";
import type { Settings } from "../config/table.ts";
import { Spool } from "../dialects/spool.ts";
import { type Engines, openEngines } from "../engine/engines.ts";
import type { ModelFacts } from "../engine/job.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import { createRecognizer, type Recognizer } from "../recognizer/recognizer.ts";
import { startDetector } from "../vad/detector.ts";
import { regionOptions } from "../vad/regions.ts";

export interface Recognition {
  engines: Engines;
  /** What the first model is, once it is loaded. */
  begun: Promise<ModelFacts | undefined>;
  recognizer: Recognizer;
  /** For sound that comes from this machine. */
  audio: Audio;
  /** Where files lie that are too big for memory, or that ffmpeg must seek in. */
  spool: Spool;
  /** Ends all that was started, processes and threads. */
  close(): Promise<void>;
}

export interface First {
  /** What is loaded at once: that takes longest, and goes on while the rest is put together. */
  model: InstalledModel | Promise<InstalledModel | undefined>;
  signal: AbortSignal;
}

/** Opens the engines' scheduler and the voice-activity detector; models besides the first are loaded when they are asked for. */
export async function openRecognition(
  settings: Settings,
  log: Log,
  metrics: Metrics,
  first: First,
): Promise<Recognition> {
  await using unfinished = new AsyncDisposableStack();
  const keepLoaded = [settings.model, ...settings.preload];
  const engines = openEngines({ ...settings, keepLoaded }, log, metrics);
  unfinished.defer(() => engines.close(0));
  const begun = Promise.resolve(first.model).then((model) => model && engines.facts(model, first.signal));
  // Told to whoever waits for it.
  begun.catch(() => {});
  const spool = new Spool(join(settings.cacheDir, "spool"), settings.uploadMemory);
  const left = await spool.sweep();
  if (left > 0) log.info("removed files that an ended process had left", { files: left });
  const vad = await startDetector();
  const audio = openAudio({ ffmpeg: { configured: settings.ffmpeg, embedded: embeddedFfmpeg }, spool }, log);
  const recognizer = createRecognizer({
    engines,
    vad,
    openMedia: audio.openMedia,
    openStream: audio.openStream,
    settings: { ...settings, vad: regionOptions(settings.vad) },
    log,
    metrics,
  });
  unfinished.move();
  return {
    engines,
    begun,
    recognizer,
    audio,
    spool,
    async close() {
      await recognizer.closeSessions(0);
      await engines.close(0);
      await audio.close();
      await vad.close();
    },
  };
}
