/** What every way of decoding looks like inside this folder, and how it becomes the media that others read. */
import { toVerbatimError, VerbatimError } from "../error.ts";
import type { OpenMedia } from "./media.ts";
import { SAMPLE_RATE } from "./resample.ts";

export interface BlockSource {
  readonly format: string;
  /** Planes of a block; true from the first block on, as is `duration`. */
  readonly channels: number;
  readonly duration?: number | undefined;
  readonly repaired: number;
  /** The next block; undefined at the end. Not called again before it has answered. */
  next(): Promise<Float32Array[] | undefined>;
  /** Gives everything back, also while `next` is waiting. May be called twice. */
  close(): Promise<void>;
}

export interface BlockLimits {
  /** Longest audio, in seconds. */
  seconds: number;
  signal?: AbortSignal | undefined;
}

/** Reads the first block, so that what cannot be decoded fails here, and hands the rest to the reader. */
export async function toOpenMedia(source: BlockSource, limits: BlockLimits): Promise<OpenMedia> {
  const reading = new Reading(source, limits);
  const first = await reading.next();
  if (first === undefined)
    throw new VerbatimError("bad-audio", "The file holds no audio: there is not one sample in it.");
  return {
    channels: source.channels,
    format: source.format,
    ...(source.duration !== undefined && { duration: source.duration }),
    blocks: reading.blocks(first),
    get repaired() {
      return source.repaired;
    },
    close: () => reading.close(),
  };
}

/** Reads a source with its limits kept; whatever ends the reading, the source is closed. */
export class Reading {
  readonly #source: BlockSource;
  readonly #limits: BlockLimits;
  /** Rejects the block that is waited for. */
  #giveUp: ((reason: unknown) => void) | undefined;
  readonly #abort = () => this.#giveUp?.(this.#limits.signal?.reason);
  #samples = 0;
  #closed = false;

  constructor(source: BlockSource, limits: BlockLimits) {
    this.#source = source;
    this.#limits = limits;
    limits.signal?.addEventListener("abort", this.#abort);
  }

  /** The next block that has samples; undefined at the end. */
  async next(): Promise<Float32Array[] | undefined> {
    try {
      for (;;) {
        this.#limits.signal?.throwIfAborted();
        const planes = this.#closed ? undefined : await this.#block();
        if (planes === undefined) break;
        const length = planes[0]?.length ?? 0;
        if (length === 0) continue;
        this.#samples += length;
        if (this.#samples > this.#limits.seconds * SAMPLE_RATE) throw tooLong(this.#limits.seconds);
        return planes;
      }
    } catch (thrown) {
      await this.close();
      throw this.#limits.signal?.aborted ? toVerbatimError(this.#limits.signal.reason) : thrown;
    }
    await this.close();
    return undefined;
  }

  /** The source's next block, or the signal's reason. (A race against one long promise would hold every block until its end.) */
  #block(): Promise<Float32Array[] | undefined> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#source.next().then(resolve, reject);
    });
  }

  async *blocks(first?: Float32Array[]): AsyncGenerator<Float32Array[]> {
    try {
      for (let block = first ?? (await this.next()); block; block = await this.next()) yield block;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#limits.signal?.removeEventListener("abort", this.#abort);
    await this.#source.close();
  }
}

function tooLong(seconds: number): VerbatimError {
  const hours = seconds / 3600;
  const length = hours >= 1 ? `${+hours.toFixed(1)} hours` : `${seconds} seconds`;
  return new VerbatimError("too-large", `The audio is longer than ${length}, which is the limit.`);
}
