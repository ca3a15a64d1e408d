/** The files door: a source goes in, events come out. */
import type { MediaSource } from "../audio/media.ts";
import { toVerbatimError } from "../error.ts";
import { EventQueue } from "./event-queue.ts";
import { FileRun } from "./file-run.ts";
import type { RecognizerParts, TranscribeEvent, TranscribeOptions } from "./recognizer.ts";

/** Transcribes one file; when the reader leaves or the signal is aborted, all work for it ends. */
export async function* transcribe(
  parts: RecognizerParts,
  source: MediaSource,
  options: TranscribeOptions,
  signal?: AbortSignal,
): AsyncGenerator<TranscribeEvent, void, undefined> {
  const stop = new AbortController();
  const queue = new EventQueue<TranscribeEvent>();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const run = new FileRun(parts, options, either, (event) => queue.push(event))
    .run(source)
    .then(() => queue.end())
    .catch((error: unknown) => queue.fail(toVerbatimError(error)));
  try {
    yield* queue;
  } finally {
    stop.abort();
    await run;
  }
}
