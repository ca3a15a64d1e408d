/** Headerless PCM of any rate and channel count as 16 kHz planes: what live sessions push, and files whose encoding the caller declares. */
import { VerbatimError } from "../error.ts";
import type { MediaOptions, RawEncoding } from "./media.ts";
import { repair, sampleBytes, toFloats, toPlanes } from "./pcm.ts";
import { StreamResampler } from "./resample.ts";

/** The rates that the resampler takes, in Hz. */
const RATES = { least: 1000, most: 384_000 } as const;

export const MOST_CHANNELS = 64;

/** Throws `bad-parameter` when there can be no such PCM. */
export function checkRaw({ rate, channels }: RawEncoding): void {
  if (!Number.isInteger(rate) || rate < RATES.least || rate > RATES.most)
    throw new VerbatimError(
      "bad-parameter",
      `A sample rate of ${rate} Hz cannot be read; it must lie between ${RATES.least} and ${RATES.most}.`,
      { parameter: "sample_rate" },
    );
  if (!Number.isInteger(channels) || channels < 1 || channels > MOST_CHANNELS)
    throw new VerbatimError(
      "bad-parameter",
      `${channels} channels cannot be read; there may be 1 to ${MOST_CHANNELS}.`,
      {
        parameter: "channels",
      },
    );
}

/**
 * Raw bytes in, 16 kHz planes out, at once and in pieces of any size: what is left of a sample that was cut in two waits for its rest.
 * A push of 20 ms takes some microseconds, so sessions may do it on the event loop.
 */
export class RawStream {
  readonly #encoding: RawEncoding;
  readonly #mode: MediaOptions["channels"];
  readonly #frame: number;
  readonly #resampler: StreamResampler;
  #rest = new Uint8Array(0);
  /** Samples so far that were no numbers, or absurdly loud, and became silence. */
  repaired = 0;

  constructor(encoding: RawEncoding, mode: MediaOptions["channels"]) {
    checkRaw(encoding);
    this.#encoding = encoding;
    this.#mode = mode;
    this.#frame = sampleBytes(encoding.encoding) * encoding.channels;
    this.#resampler = new StreamResampler(encoding.rate, mode === "mono" ? 1 : encoding.channels);
  }

  push(bytes: Uint8Array): Float32Array<ArrayBuffer>[] {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const whole = all.length - (all.length % this.#frame);
    // A copy: the caller may use its buffer again.
    this.#rest = new Uint8Array(all.subarray(whole));
    const { encoding, channels } = this.#encoding;
    const samples = toFloats(all.subarray(0, whole), encoding);
    if (encoding === "float32") this.repaired += repair(samples);
    return this.#resampler.push(toPlanes(samples, channels, this.#mode));
  }

  /** What the resampler has held back; part of a sample that never got its rest is dropped. Then a new stream may begin. */
  flush(): Float32Array<ArrayBuffer>[] {
    this.#rest = new Uint8Array(0);
    return this.#resampler.flush();
  }

  close(): void {
    this.#resampler.close();
  }
}
