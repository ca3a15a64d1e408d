/**
 * A container that comes in as it is made (WebM of a browser's recorder, Ogg, MP3, WAV) → the planes of a session. Bytes go to the decoder
 * in small pieces, each when the session has room for what may come out, so that neither side is ever far ahead.
 */
import type { MediaOptions, MediaStream, StreamOptions } from "../../audio/media.ts";

/** Two seconds of 16 kHz WAV; half a minute of Opus. */
const PIECE = 65_536;
/** Bytes that may wait for the decoder when the sender does not: half an hour of WAV, hours of anything else. */
export const MOST_WAITING = 64 * 1024 * 1024;
/** Milliseconds without sound after which a decoder has given what it was given bytes for; it never takes as many as LONGEST_REST. */
const REST = 100;
const LONGEST_REST = 1000;

export interface EncodedOwner {
  channels: MediaOptions["channels"];
  signal: AbortSignal;
  openStream(options: StreamOptions): MediaStream;
  /** Resolves when there is room. */
  ready(): Promise<void>;
  heard(planes: Float32Array[], format: string): void;
  /** Called once, when the container cannot be read any further. */
  failed(thrown: unknown): void;
}

export class EncodedAudio {
  readonly #owner: EncodedOwner;
  readonly #stream: MediaStream;
  readonly #pump: Promise<void>;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isOver = false;
  /** When sound came last. */
  #lastSound = 0;

  constructor(owner: EncodedOwner) {
    this.#owner = owner;
    const { channels, signal } = owner;
    this.#stream = owner.openStream({ channels, signal });
    this.#pump = this.#read();
  }

  /** Bytes that the decoder has not had. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes bytes; resolves when they are with the decoder and there is room for more. */
  push(bytes: Uint8Array): Promise<void> {
    this.#waiting += bytes.length;
    // A copy: the caller may use its buffer again.
    const all = bytes.slice();
    return this.#inTurn(async () => {
      for (let at = 0; at < all.length && !this.#isOver; at += PIECE) {
        const piece = all.subarray(at, at + PIECE);
        await this.#owner.ready();
        await this.#stream.push(piece);
      }
      this.#waiting -= all.length;
      await this.#owner.ready();
    });
  }

  /** Does something when all bytes before it are heard, as far as they can be without those that follow. */
  afterwards(action: () => void): Promise<void> {
    return this.#inTurn(async () => {
      await this.#rest();
      action();
    });
  }

  /** No more bytes come; resolves when all is heard. */
  async end(): Promise<void> {
    await this.#inTurn(async () => this.#stream.end());
    await this.#pump;
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(action);
    return this.#turn;
  }

  async #read(): Promise<void> {
    try {
      for await (const planes of this.#stream.blocks) {
        await this.#owner.ready();
        this.#lastSound = performance.now();
        this.#owner.heard(planes, this.#stream.format);
      }
    } catch (thrown) {
      this.#owner.failed(thrown);
    } finally {
      this.#isOver = true;
    }
  }

  /** Waits until the decoder has given what it can. */
  async #rest(): Promise<void> {
    const began = performance.now();
    while (!this.#isOver) {
      const now = performance.now();
      const left = Math.min(REST - (now - Math.max(began, this.#lastSound)), LONGEST_REST - (now - began));
      if (left <= 0) return;
      await Bun.sleep(left);
    }
  }
}
