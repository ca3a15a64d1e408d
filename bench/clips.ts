/** The clips of the benches: decoded, joined, and written as WAV. */

import { NativeMedia } from "../src/native/media.ts";
import { type Clip, clips, largeDataFolder } from "../test/data.ts";

export const RATE = 16_000;

/** All clips of some sets; fails when the large data folder is missing, for a bench on six clips says nothing. */
export function benchClips(...sets: string[]): Clip[] {
  if (!largeDataFolder())
    throw new Error("The benches need the large test data: set VERBATIM_TEST_DATA to its folder.");
  return clips(...sets);
}

/** A clip as 16 kHz mono, or nothing when it is in a format that needs ffmpeg. */
export function pcmOf(clip: Clip): Float32Array | undefined {
  try {
    using media = NativeMedia.fromFile(clip.file);
    const blocks: Float32Array[] = [];
    for (;;) {
      const [block] = media.read("mono", 30 * RATE);
      if (!block) break;
      blocks.push(block);
    }
    return join(blocks);
  } catch {
    return undefined;
  }
}

export function join(parts: Float32Array[]): Float32Array {
  return new Float32Array(Bun.concatArrayBuffers(parts));
}

/** A RIFF WAVE file of 16-bit samples, one channel. */
export function wavOf(pcm: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + 2 * pcm.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * pcm.length, true);
  for (let i = 0; i < pcm.length; i++)
    view.setInt16(44 + 2 * i, Math.max(-32768, Math.min(32767, Math.round((pcm[i] as number) * 32768))), true);
  return bytes;
}
