/** The library, the engine and the voice-activity model: each is made to work once. */

import { openEngines } from "../../engine/engines.ts";
import { VerbatimError } from "../../error.ts";
import { openLog } from "../../log/log.ts";
import { openMetrics } from "../../metrics/metrics.ts";
import { resolveModel } from "../../models/resolve.ts";
import { buildInfo } from "../../native/build.ts";
import { libraryAdvice, libraryPath } from "../../native/library.ts";
import { startDetector } from "../../vad/detector.ts";
import { type Check, fail, ok, reasonOf, warn } from "./check.ts";

/** Samples. */
const SECOND = 16_000;

/** Encoder positions of 20 ms: some seconds, so that the check is quick. */
const CONTEXT = 512;

export const library: Check = {
  name: "library",
  async run() {
    try {
      const { abi, whisper, compiler, backend, devices, features } = buildInfo();
      const facts = { path: libraryPath(), abi, whisper, compiler, backend, devices, features };
      return ok(`whisper.cpp ${whisper}, ${backend} backend, ${compiler}, contract ${abi}`, facts);
    } catch (thrown) {
      // That the cache folder cannot be used says itself what to do.
      const isOurs = thrown instanceof VerbatimError && thrown.code === "internal";
      const reason = reasonOf(thrown);
      return isOurs || reason.endsWith(libraryAdvice()) ? fail(reason) : fail(reason, libraryAdvice());
    }
  },
};

export const engine: Check = {
  name: "engine",
  async run(settings, signal) {
    const model = await resolveModel(undefined, settings, "owner").catch(reasonOf);
    if (typeof model === "string") return warn(`not tried: ${model}`);
    const skipped: string[] = [];
    const log = openLog({ level: "warn", format: "json", write: (line) => skipped.push(...skippedIn(line)) });
    const engines = openEngines({ ...settings, workers: 1 }, log, openMetrics());
    const started = performance.now();
    try {
      const { backend, memory } = await engines.facts(model, signal);
      const loaded = performance.now();
      const pcm = new Float32Array(SECOND);
      await engines.decode(model, {
        lane: "file",
        client: "doctor",
        pcm,
        options: { language: "en", times: "none", audioContext: CONTEXT },
        signal,
      });
      const seconds = { load: (loaded - started) / 1000, decode: (performance.now() - loaded) / 1000 };
      const text = `${model.id} loads in ${seconds.load.toFixed(2)} s and decodes 1 s of silence in ${seconds.decode.toFixed(2)} s`;
      const facts = { model: model.id, backend, memory, ...seconds };
      return skipped.length === 0 ? ok(text, facts) : warn(`${text}; ${skipped.join("; ")}`, undefined, facts);
    } catch (thrown) {
      return fail(`${model.id} cannot be run: ${reasonOf(thrown)}`, "Run: verbatim models verify");
    } finally {
      await engines.close(0);
    }
  },
};

/** What a line of the engines' log says of a GPU's backend, or a CPU variant, that could not be used. */
function skippedIn(line: string): string[] {
  const { backend, variant, how } = JSON.parse(line) as { backend?: string; variant?: string; how?: string };
  const file = backend ?? variant;
  return file && how ? [`${file} is not used: ${how}`] : [];
}

export const voiceActivity: Check = {
  name: "voice-activity",
  async run() {
    try {
      const detector = await startDetector();
      try {
        const stream = detector.open();
        const probabilities = await stream.push(new Float32Array(SECOND));
        stream.close();
        return ok(`Silero answers (${probabilities.length} frames of silence)`);
      } finally {
        await detector.close();
      }
    } catch (thrown) {
      return fail(`Silero cannot be run: ${reasonOf(thrown)}`);
    }
  },
};
