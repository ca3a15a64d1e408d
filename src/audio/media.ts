/** Any media as 16 kHz float PCM. Where the audio comes from, and what comes out. */

/** Bytes in memory, a file of the user's (command line), or one that we spooled. */
export type MediaSource = { bytes: Uint8Array } | { path: string };

/** A headerless encoding, when the caller declares one. */
export interface RawEncoding {
  encoding: "linear16" | "linear32" | "float32" | "mulaw" | "alaw";
  rate: number;
  channels: number;
}

export interface MediaOptions {
  raw?: RawEncoding;
  /** One mixed channel, or every channel apart. */
  channels: "mono" | "separate";
  signal?: AbortSignal;
}

export interface OpenMedia {
  channels: number;
  /** What was recognised: `wav`, `mp3`, `flac`, `vorbis`, `raw`, or ffmpeg's name of the format. */
  format: string;
  /** Seconds, when the container says so; the end of `blocks` is the truth. */
  duration?: number;
  /** Blocks of up to some seconds, one plane per channel, all of one length. Pulled: nothing is decoded ahead of the reader by more than a block. */
  blocks: AsyncIterable<Float32Array[]>;
  /** Samples so far that were NaN, infinite or absurdly loud, and became silence. */
  readonly repaired: number;
  /** Ends the reading early. Not needed where `blocks` are read, to their end or to a break. */
  close(): Promise<void>;
}

export type StreamOptions = Pick<MediaOptions, "channels" | "signal">;

/** Media whose bytes are pushed as they come. */
export interface MediaStream {
  /** As `OpenMedia` has it; `unknown` before the first block. */
  readonly format: string;
  /** Resolves when the bytes have been passed on: a sender who waits is never ahead of the decoder. */
  push(bytes: Uint8Array): Promise<void>;
  /** Seconds of sound in the bytes that have been passed on, where they say it; the blocks of so many come without any more bytes. */
  readonly given: number | undefined;
  /** No more bytes will come; what is still inside comes out, and the blocks end. */
  end(): void;
  /** One plane per channel, as soon as there is sound. */
  blocks: AsyncIterable<Float32Array[]>;
  close(): Promise<void>;
}
