/**
 * Media that comes in as it is made: a browser's recorder, an encoder on the line. The format is recognised by its first bytes; WAV is
 * converted here, anything else by an ffmpeg process that is fed as bytes come. (Headerless PCM needs none of this: raw.ts.)
 */
import { VerbatimError } from "../error.ts";
import type { BlockSource } from "./block-source.ts";
import { clockOf } from "./container-clock.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { type Format, formats } from "./formats.ts";
import type { MediaOptions } from "./media.ts";
import { byMagic, HEAD_BYTES, id3End } from "./sniff.ts";
import { whatElse } from "./strangers.ts";
import { type Feed, FfmpegFeed, openWavFeed } from "./stream-feeds.ts";
import { readWavHeader } from "./wav.ts";

/** Fewer bytes than these do not show what is inside an Ogg or WebM. */
const LEAST_BYTES = 64;

export class PushedMedia implements BlockSource {
  repaired = 0;
  readonly #channels: MediaOptions["channels"];
  readonly #startFfmpeg: (format: Format) => Ffmpeg;
  /** What came before the format was known. */
  #head: Uint8Array = new Uint8Array(0);
  #feed: Feed | undefined;
  readonly #known = Promise.withResolvers<Feed | undefined>();
  #isEnded = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(channels: MediaOptions["channels"], startFfmpeg: (format: Format) => Ffmpeg) {
    this.#channels = channels;
    this.#startFfmpeg = startFfmpeg;
    this.#known.promise.catch(() => {});
  }

  get format(): string {
    return this.#feed?.format ?? "unknown";
  }

  get channels(): number {
    return this.#feed?.channels ?? 0;
  }

  /** Seconds of sound in what was passed on, where it says so. */
  get given(): number | undefined {
    return this.#feed?.given;
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
      const feed = header && openWavFeed(header, this.#channels);
      if (feed) return feed;
      if (!header && !isEnough) return undefined;
    }
    if (format) return new FfmpegFeed(this.#startFfmpeg(format), clockOf(format));
    if (isEnough) throw new VerbatimError("bad-audio", whatElse(head));
    return undefined;
  }
}
