/** States: what one decode at a time needs beside the weights. Made once and used again, because they are large. */
import { cString, type Handle, open, takeBytes } from "./call.ts";
import { type DecodeParameters, packDecodeOptions } from "./decode-options.ts";
import type { JobHandle } from "./job.ts";
import { native } from "./library.ts";
import type { ModelHandle } from "./model.ts";

export type StateHandle = Handle<"state">;

/** A state of its own for the calling thread. */
export function newState(model: ModelHandle): StateHandle {
  return open<"state">((handle, error) => native().vb_state_new(model, handle, error));
}

export function freeState(state: StateHandle): void {
  native().vb_state_free(state);
}

/** Decodes up to 30 s of PCM and blocks the thread until it is done or cancelled. The answer is JSON in UTF-8. */
export function decode(
  state: StateHandle,
  job: JobHandle | null,
  pcm: Float32Array,
  parameters: DecodeParameters,
): Uint8Array<ArrayBuffer> {
  return packDecodeOptions(parameters).during((options) =>
    takeBytes((json, error) => native().vb_decode(state, job, pcm, pcm.length, options, json, error)),
  );
}

/** The language of up to 30 s of PCM, among all or the codes given. The answer is JSON in UTF-8. */
export function detectLanguage(
  state: StateHandle,
  job: JobHandle | null,
  pcm: Float32Array,
  threads: number,
  among?: readonly string[],
): Uint8Array<ArrayBuffer> {
  const codes = among ? cString(among.join(","), "languages") : null;
  return takeBytes((json, error) =>
    native().vb_detect_language(state, job, pcm, pcm.length, threads, codes, json, error),
  );
}
