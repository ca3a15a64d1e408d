/** Puts the parts of recognition together, for every command that recognises. */
import { join } from "node:path";
import { embeddedFfmpeg } from "../assets/assets.ts";
import { type Audio, openAudio } from "../audio/open.ts";
import type { Settings } from "../config/table.ts";
import { Spool } from "../dialects/spool.ts";
import { type Engines, openEngines } from "../engine/engines.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createRecognizer, type Recognizer } from "../recognizer/recognizer.ts";
import { startDetector } from "../vad/detector.ts";
import { regionOptions } from "../vad/regions.ts";

export interface Recognition {
  engines: Engines;
  recognizer: Recognizer;
  /** For sound that comes from this machine. */
  audio: Audio;
  /** Where files lie that are too big for memory, or that ffmpeg must seek in. */
  spool: Spool;
  /** Ends all that was started, processes and threads. */
  close(): Promise<void>;
}

/** Opens the engines' scheduler and the voice-activity detector; models are loaded when they are asked for. */
export async function openRecognition(settings: Settings, log: Log, metrics: Metrics): Promise<Recognition> {
  const spool = new Spool(join(settings.cacheDir, "spool"));
  const left = await spool.sweep();
  if (left > 0) log.info("removed files that an ended process had left", { files: left });
  const vad = await startDetector();
  const audio = openAudio({ ffmpeg: { configured: settings.ffmpeg, embedded: embeddedFfmpeg }, spool }, log);
  const keepLoaded = [settings.model, ...settings.preload];
  const engines = openEngines({ ...settings, keepLoaded }, log, metrics);
  const recognizer = createRecognizer({
    engines,
    vad,
    openMedia: audio.openMedia,
    openStream: audio.openStream,
    settings: { ...settings, vad: regionOptions(settings.vad) },
    log,
    metrics,
  });
  return {
    engines,
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
