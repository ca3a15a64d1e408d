/**
 * The header of RIFF/WAVE: enough to see which codec is inside, to take plain PCM as it lies, and to read what ffmpeg writes.
 * Files that bend the rules are decoded by the library, which knows the ways in which they do.
 */
import type { Bytes } from "./bytes.ts";

export interface WavHeader {
  /** WAVE_FORMAT_...: 1 PCM, 3 float, 6 A-law, 7 mu-law; that of the sub-format where there is one. */
  tag: number;
  channels: number;
  rate: number;
  /** Bytes of one sample of every channel. */
  block: number;
  bits: number;
  /** Where the samples begin, and how many bytes the header claims for them. */
  dataAt: number;
  dataSize: number;
}

const EXTENSIBLE = 0xfffe;

/** Chunks before the samples: real files have a handful, and a file of zeros is nothing but empty ones. */
const MOST_CHUNKS = 1000;

/** Reads the chunks up to the samples; undefined when there are none, or no format before them. */
export async function readWavHeader(bytes: Pick<Bytes, "size" | "read">): Promise<WavHeader | undefined> {
  let format: Omit<WavHeader, "dataAt" | "dataSize"> | undefined;
  for (let at = 12, count = 0; at + 8 <= bytes.size && count < MOST_CHUNKS; count++) {
    const head = await bytes.read(at, 8);
    if (head.length < 8) return undefined;
    const name = String.fromCharCode(...head.subarray(0, 4));
    const size = viewOf(head).getUint32(4, true);
    if (name === "fmt ") format = parseFormat(await bytes.read(at + 8, Math.min(size, 40)));
    if (name === "data") return format && { ...format, dataAt: at + 8, dataSize: size };
    at += 8 + size + (size % 2);
  }
  return undefined;
}

function parseFormat(raw: Uint8Array): Omit<WavHeader, "dataAt" | "dataSize"> | undefined {
  if (raw.length < 16) return undefined;
  const view = viewOf(raw);
  const tag = view.getUint16(0, true);
  return {
    tag: tag === EXTENSIBLE && raw.length >= 26 ? view.getUint16(24, true) : tag,
    channels: view.getUint16(2, true),
    rate: view.getUint32(4, true),
    block: view.getUint16(12, true),
    bits: view.getUint16(14, true),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
