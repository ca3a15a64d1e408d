/** Headerless PCM of a file, and WAV whose samples can be taken as they lie: converted here, a second at a time. */
import { VerbatimError } from "../error.ts";
import type { BlockSource } from "./block-source.ts";
import type { Bytes } from "./bytes.ts";
import type { MediaOptions, RawEncoding } from "./media.ts";
import { sampleBytes } from "./pcm.ts";
import { MOST_CHANNELS, RawStream } from "./raw.ts";
import { SAMPLE_RATE } from "./resample.ts";
import { readWavHeader } from "./wav.ts";

const PCM = 1;

/** A file of raw samples in the encoding that the caller declares. Takes over `bytes`. */
export function openRaw(bytes: Bytes, raw: RawEncoding, channels: MediaOptions["channels"]): BlockSource {
  if (bytes.size < sampleBytes(raw.encoding) * raw.channels)
    throw new VerbatimError("bad-audio", "The raw audio is shorter than one sample.");
  return new RawFile(bytes, raw, channels, "raw", { from: 0, to: bytes.size });
}

/**
 * A WAV of 16-bit PCM at 16 kHz whose header is wholly true: what most clients of speech servers send. Undefined for any other; those
 * go to the decoder process, which costs a trip there but takes resampling, and the odder headers, off the event loop.
 */
export async function openPlainWav(bytes: Bytes, channels: MediaOptions["channels"]): Promise<BlockSource | undefined> {
  const header = await readWavHeader(bytes);
  if (!header || header.tag !== PCM || header.bits !== 16 || header.rate !== SAMPLE_RATE) return undefined;
  const { dataAt, dataSize, block } = header;
  if (header.channels < 1 || header.channels > MOST_CHANNELS || block !== 2 * header.channels) return undefined;
  if (dataSize === 0 || dataAt + dataSize > bytes.size) return undefined;
  const raw: RawEncoding = { encoding: "linear16", rate: SAMPLE_RATE, channels: header.channels };
  return new RawFile(bytes, raw, channels, "wav", { from: dataAt, to: dataAt + dataSize });
}

class RawFile implements BlockSource {
  readonly channels: number;
  readonly format: string;
  readonly duration: number;
  readonly #bytes: Bytes;
  readonly #stream: RawStream;
  /** Bytes of one second. */
  readonly #piece: number;
  readonly #to: number;
  #at: number;
  #isFlushed = false;
  #isClosed = false;

  constructor(
    bytes: Bytes,
    raw: RawEncoding,
    mode: MediaOptions["channels"],
    format: string,
    range: { from: number; to: number },
  ) {
    this.#stream = new RawStream(raw, mode);
    this.#bytes = bytes;
    this.format = format;
    this.channels = mode === "mono" ? 1 : raw.channels;
    const frame = sampleBytes(raw.encoding) * raw.channels;
    this.#piece = raw.rate * frame;
    this.duration = Math.floor((range.to - range.from) / frame) / raw.rate;
    this.#at = range.from;
    this.#to = range.to;
  }

  get repaired(): number {
    return this.#stream.repaired;
  }

  async next(): Promise<Float32Array[] | undefined> {
    // Bytes in memory are there at once: without this a long file would keep the event loop to itself.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#isClosed || this.#isFlushed) return undefined;
    const piece = await this.#bytes.read(this.#at, Math.min(this.#piece, this.#to - this.#at));
    if (this.#isClosed) return undefined;
    this.#at += piece.length;
    if (piece.length > 0) return this.#stream.push(piece);
    this.#isFlushed = true;
    return this.#stream.flush();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
    await this.#bytes.close();
  }
}
