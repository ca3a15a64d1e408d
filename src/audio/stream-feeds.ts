/** Where pushed bytes go: WAV that is still being written is converted here, and an ffmpeg that is fed takes the rest. */
import type { BlockSource } from "./block-source.ts";
import type { ContainerClock } from "./container-clock.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import type { MediaOptions, RawEncoding } from "./media.ts";
import { RawStream } from "./raw.ts";
import { SAMPLE_RATE } from "./resample.ts";
import type { WavHeader } from "./wav.ts";

/** Where pushed bytes go once their format is known. */
export interface Feed extends BlockSource {
  /** Seconds of sound in what was pushed, where that is known. */
  readonly given: number | undefined;
  push(bytes: Uint8Array): Promise<void>;
  end(): void;
}

/** WAV that can be converted here; undefined for any other codec. */
export function openWavFeed(header: WavHeader, channels: MediaOptions["channels"]): Feed | undefined {
  const encoding = encodingOf(header);
  return encoding && new WavFeed(encoding, header, channels);
}

function encodingOf({ tag, bits, block, channels, rate }: WavHeader): RawEncoding | undefined {
  const name = ({ "1/16": "linear16", "1/32": "linear32", "3/32": "float32", "6/8": "alaw", "7/8": "mulaw" } as const)[
    `${tag}/${bits}` as "1/16"
  ];
  return name && block === (bits / 8) * channels ? { encoding: name, rate, channels } : undefined;
}

/** WAV that is still being written: its sizes mean nothing yet, or are a promise. */
class WavFeed implements Feed {
  readonly format = "wav";
  readonly channels: number;
  readonly #stream: RawStream;
  readonly #queue: Float32Array[][] = [];
  /** Header bytes that are not samples, and then samples that may still come. */
  #skip: number;
  #left: number;
  /** Samples that have come out, or wait to. */
  #converted = 0;
  #wake = Promise.withResolvers<void>();
  #isEnded = false;

  constructor(raw: RawEncoding, { dataAt, dataSize }: WavHeader, mode: MediaOptions["channels"]) {
    this.#stream = new RawStream(raw, mode);
    this.channels = mode === "mono" ? 1 : raw.channels;
    this.#skip = dataAt;
    // Writers that cannot go back put 0 or nearly 4 GiB.
    this.#left = dataSize === 0 || dataSize >= 0x7ffff000 ? Infinity : dataSize;
  }

  get repaired(): number {
    return this.#stream.repaired;
  }

  async push(bytes: Uint8Array): Promise<void> {
    if (this.#isEnded) return;
    const samples = bytes.subarray(this.#skip).subarray(0, this.#left);
    this.#skip = Math.max(0, this.#skip - bytes.length);
    this.#left -= samples.length;
    if (samples.length > 0) {
      const planes = this.#stream.push(samples);
      this.#converted += planes[0]?.length ?? 0;
      this.#queue.push(planes);
    }
    this.#wake.resolve();
  }

  get given(): number {
    return this.#converted / SAMPLE_RATE;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#queue.push(this.#stream.flush());
    this.#wake.resolve();
  }

  async next(): Promise<Float32Array[] | undefined> {
    for (;;) {
      const block = this.#queue.shift();
      if (block || this.#isEnded) return block;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  async close(): Promise<void> {
    this.#isEnded = true;
    this.#queue.length = 0;
    this.#wake.resolve();
    this.#stream.close();
  }
}

/** Anything else: into ffmpeg's stdin, and out of its stdout. */
export class FfmpegFeed implements Feed {
  readonly #ffmpeg: Ffmpeg;
  readonly #clock: ContainerClock | undefined;

  constructor(ffmpeg: Ffmpeg, clock: ContainerClock | undefined) {
    this.#ffmpeg = ffmpeg;
    this.#clock = clock;
  }

  get given(): number | undefined {
    return this.#clock?.seconds;
  }

  get format(): string {
    return this.#ffmpeg.format;
  }

  get channels(): number {
    return this.#ffmpeg.channels;
  }

  get repaired(): number {
    return this.#ffmpeg.repaired;
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#clock?.push(bytes);
    try {
      await this.#ffmpeg.stdin?.write(bytes);
      await this.#ffmpeg.stdin?.flush();
    } catch {
      // It has ended; why is said where its sound is read.
    }
  }

  end(): void {
    Promise.resolve(this.#ffmpeg.stdin?.end()).catch(() => {});
  }

  next(): Promise<Float32Array[] | undefined> {
    return this.#ffmpeg.next();
  }

  close(): Promise<void> {
    return this.#ffmpeg.close();
  }
}
