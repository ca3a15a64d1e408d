/**
 * The wire between the server and an engine process: frames of a u32 length (of the payload, in bytes), a u8 type and a u32 job, all
 * little-endian, then the payload: JSON in UTF-8, or 32-bit float PCM. What the types mean is the business of the two ends.
 */
import { VerbatimError } from "../error.ts";

export interface Frame {
  type: number;
  job: number;
  /** Its own memory, from offset 0: it can be viewed as floats and handed to another thread. */
  payload: Uint8Array<ArrayBuffer>;
}

export const HEADER_BYTES = 9;

/** 30 s of PCM are 1.92 MB; nothing that belongs on the wire comes near this. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** The nine bytes that go before a payload of this length. */
export function frameHeader(type: number, job: number, payloadBytes: number): Uint8Array<ArrayBuffer> {
  if (payloadBytes > MAX_PAYLOAD_BYTES)
    throw new VerbatimError("internal", `A frame of ${payloadBytes} bytes is too long.`);
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, payloadBytes, true);
  view.setUint8(4, type);
  view.setUint32(5, job, true);
  return header;
}

/** PCM as the bytes of a payload, without a copy. */
export function pcmBytes(pcm: Float32Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}

/** The PCM that a payload carries, without a copy. */
export function pcmOf(frame: Frame): Float32Array<ArrayBuffer> {
  if (frame.payload.byteLength % 4 !== 0)
    throw new VerbatimError(
      "internal",
      `A PCM frame of ${frame.payload.byteLength} bytes is no whole number of samples.`,
    );
  return new Float32Array(frame.payload.buffer, 0, frame.payload.byteLength / 4);
}

/** The JSON that a payload carries. */
export function jsonOf(frame: Frame): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(frame.payload));
  } catch (cause) {
    throw new VerbatimError("internal", `A frame of type ${frame.type} holds no valid JSON.`, { cause });
  }
}

/** Puts frames together from chunks of any size. Each payload byte is copied once, into the frame's own memory. */
export class FrameDecoder {
  readonly #known: ReadonlySet<number>;
  readonly #header = new Uint8Array(HEADER_BYTES);
  /** Bytes of the header, or of the payload, that have come. */
  #filled = 0;
  #frame: Frame | undefined;

  /** Any other type is an error: the two ends are one program, so it means that they have lost step. */
  constructor(known: Iterable<number>) {
    this.#known = new Set(known);
  }

  /** The frames that this chunk completes. Throws `internal` when the bytes can be no frame; the stream is then lost. */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (let at = 0; at < chunk.length; ) {
      const into = this.#frame ? this.#frame.payload : this.#header;
      const part = chunk.subarray(at, at + into.length - this.#filled);
      into.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (!this.#frame && this.#filled === HEADER_BYTES) this.#begin();
      if (this.#frame && this.#filled === this.#frame.payload.length) {
        frames.push(this.#frame);
        this.#frame = undefined;
        this.#filled = 0;
      }
    }
    return frames;
  }

  /** Throws when the stream ends inside a frame. */
  end(): void {
    if (this.#filled > 0 || this.#frame) throw new VerbatimError("internal", "The stream ended inside a frame.");
  }

  #begin(): void {
    const view = new DataView(this.#header.buffer);
    const length = view.getUint32(0, true);
    const type = view.getUint8(4);
    if (!this.#known.has(type)) throw new VerbatimError("internal", `A frame has the unknown type ${type}.`);
    if (length > MAX_PAYLOAD_BYTES) throw new VerbatimError("internal", `A frame claims ${length} bytes.`);
    this.#frame = { type, job: view.getUint32(5, true), payload: new Uint8Array(length) };
    this.#filled = 0;
  }
}
