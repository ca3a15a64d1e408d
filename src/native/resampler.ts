/** Mono PCM of any rate to 16 kHz, as a stream. */
import { VerbatimError } from "../error.ts";
import { type Handle, open } from "./call.ts";
import { native } from "./library.ts";

const TARGET_RATE = 16_000;

/** Room beside the samples themselves for what the filter has held back. */
const SLACK_SAMPLES = 64;

/** One channel's resampler. */
export class Resampler {
  readonly #rate: number;
  #handle: Handle<"resampler"> | undefined;

  constructor(rate: number) {
    this.#rate = rate;
    this.#handle = open<"resampler">((handle, error) => native().vb_resampler_new(rate, handle, error));
  }

  /** The samples at 16 kHz that these complete. */
  push(pcm: Float32Array): Float32Array<ArrayBuffer> {
    if (pcm.length === 0) return new Float32Array(0);
    return this.#run(pcm, pcm.length);
  }

  /** What the filter still holds, at the stream's end; then it is as new. */
  flush(): Float32Array<ArrayBuffer> {
    const parts: Float32Array<ArrayBuffer>[] = [];
    for (;;) {
      const part = this.#run(new Float32Array(1), 0);
      if (part.length === 0) break;
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

  close(): void {
    if (this.#handle === undefined) return;
    native().vb_resampler_free(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #run(pcm: Float32Array, count: number): Float32Array<ArrayBuffer> {
    if (this.#handle === undefined) throw new VerbatimError("internal", "The resampler is closed.");
    const into = new Float32Array(Math.ceil((count * TARGET_RATE) / this.#rate) + SLACK_SAMPLES);
    const written = Number(native().vb_resampler_push(this.#handle, pcm, count, into, into.length));
    if (written < 0) throw new VerbatimError("internal", `The resampler failed (${-written}).`);
    return into.subarray(0, written);
  }
}
