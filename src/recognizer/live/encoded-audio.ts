/**
 * A container that comes in as it is made (WebM of a browser's recorder, Ogg, MP3, WAV) → the planes of a session. Bytes go to the decoder
 * in small pieces, each when the session has room for what may come out, so that neither side is ever far ahead.
 */
import type { MediaOptions, MediaStream, StreamOptions } from "../../audio/media.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";

/** Two seconds of 16 kHz WAV; half a minute of Opus. */
const PIECE = 65_536;
/** Bytes that may wait for the decoder when the sender does not: half an hour of WAV, hours of anything else. */
export const MOST_WAITING = 64 * 1024 * 1024;
/**
 * Milliseconds without sound after which a decoder has given what it can of the bytes it has. Where a container says how much sound is in
 * them, that is known, and the decoder is waited for even on a machine that hardly lets it run; and so it is where it has given nothing at all.
 */
const REST = 100;
const PATIENCE = 3000;
const LONGEST_REST = 10_000;
/** Seconds that a container's times may be off: its first packet begins a little before its sound. */
const SLACK = 0.01;
/** Seconds of the longest packet of Opus: the last one may say that not all of it is sound. */
const PACKET = 0.12;

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
  /** Seconds of it. */
  #heard = 0;

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
        this.#heard += (planes[0]?.length ?? 0) / SAMPLE_RATE;
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
    for (let pause = 1; !this.#isOver; pause = Math.min(2 * pause, 20)) {
      const now = performance.now();
      if (this.#hasAll || now - Math.max(began, this.#lastSound) >= this.#patience || now - began >= LONGEST_REST)
        return;
      await Bun.sleep(pause);
    }
  }

  get #hasAll(): boolean {
    const { given } = this.#stream;
    return given !== undefined && this.#heard >= given - SLACK;
  }

  get #patience(): number {
    const { given } = this.#stream;
    const isWaitedFor = given === undefined ? this.#heard === 0 : this.#heard < given - PACKET;
    return isWaitedFor ? PATIENCE : REST;
  }
}
