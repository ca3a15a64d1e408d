/**
 * Media that comes in as it is made: a browser's recorder, an encoder on the line. The format is recognised by its first bytes; WAV is
 * converted here, anything else by an ffmpeg process that is fed as bytes come. (Headerless PCM needs none of this: raw.ts.)
 */
import { VerbatimError } from "../error.ts";
import type { BlockSource } from "./block-source.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { type Format, formats } from "./formats.ts";
import type { MediaOptions, RawEncoding } from "./media.ts";
import { RawStream } from "./raw.ts";
import { byMagic, HEAD_BYTES, id3End } from "./sniff.ts";
import { whatElse } from "./strangers.ts";
import { readWavHeader, type WavHeader } from "./wav.ts";

/** Fewer bytes than these do not show what is inside an Ogg or WebM. */
const LEAST_BYTES = 64;

export interface StreamOptions {
  channels: MediaOptions["channels"];
  signal?: AbortSignal;
}

/** Where pushed bytes go once their format is known. */
interface Feed extends BlockSource {
  push(bytes: Uint8Array): Promise<void>;
  end(): void;
}

export class PushedMedia implements BlockSource {
  repaired = 0;
  readonly #options: StreamOptions;
  readonly #startFfmpeg: (format: Format) => Ffmpeg;
  /** What came before the format was known. */
  #head: Uint8Array = new Uint8Array(0);
  #feed: Feed | undefined;
  readonly #known = Promise.withResolvers<Feed | undefined>();
  #isEnded = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: StreamOptions, startFfmpeg: (format: Format) => Ffmpeg) {
    this.#options = options;
    this.#startFfmpeg = startFfmpeg;
    this.#known.promise.catch(() => {});
  }

  get format(): string {
    return this.#feed?.format ?? "unknown";
  }

  get channels(): number {
    return this.#feed?.channels ?? 0;
  }

  /** Takes bytes as they come; they must stay as they are until this resolves, when they have been passed on. */
  push(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#feed) return await this.#feed.push(bytes);
      this.#head = Buffer.concat([this.#head, bytes]);
      await this.#recognise(false);
    });
  }

  /** No more bytes will come; what is still inside comes out. */
  end(): void {
    void this.#inTurn(async () => {
      if (!this.#feed) await this.#recognise(true);
      this.#feed?.end();
      this.#isEnded = true;
    });
  }

  async next(): Promise<Float32Array[] | undefined> {
    const feed = await this.#known.promise;
    const block = await feed?.next();
    this.repaired = feed?.repaired ?? 0;
    return block;
  }

  async close(): Promise<void> {
    this.#isEnded = true;
    this.#known.resolve(undefined);
    await this.#feed?.close();
  }

  /** One piece after the other, also when the sender does not wait. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(() => (this.#isEnded ? undefined : action()));
    return this.#turn;
  }

  async #recognise(isAll: boolean): Promise<void> {
    const head = this.#head;
    try {
      const feed = await this.#feedFor(head, isAll || head.length >= HEAD_BYTES);
      if (!feed) return;
      if (this.#isEnded) return await feed.close();
      this.#feed = feed;
      this.#head = new Uint8Array(0);
      this.#known.resolve(feed);
      await feed.push(head);
    } catch (thrown) {
      this.#isEnded = true;
      this.#known.reject(thrown);
    }
  }

  async #feedFor(head: Uint8Array, isEnough: boolean): Promise<Feed | undefined> {
    if (head.length === 0 && isEnough) throw new VerbatimError("bad-audio", "The stream is empty.");
    if (head.length < LEAST_BYTES && !isEnough) return undefined;
    const format = id3End(head) > 0 ? formats.mp3 : byMagic(head);
    if (format === formats.wav) {
      const header = await readWavHeader({ size: head.length, read: async (at, n) => head.subarray(at, at + n) });
      const encoding = header && encodingOf(header);
      if (encoding) return new WavFeed(encoding, header, this.#options.channels);
      if (!header && !isEnough) return undefined;
    }
    if (format) return new FfmpegFeed(this.#startFfmpeg(format));
    if (isEnough) throw new VerbatimError("bad-audio", whatElse(head));
    return undefined;
  }
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
    if (samples.length > 0) this.#queue.push(this.#stream.push(samples));
    this.#wake.resolve();
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

class FfmpegFeed implements Feed {
  readonly #ffmpeg: Ffmpeg;

  constructor(ffmpeg: Ffmpeg) {
    this.#ffmpeg = ffmpeg;
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
