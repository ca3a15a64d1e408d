/** Headerless samples as floats. All encodings are little-endian, as every platform here is. */
import type { RawEncoding } from "./media.ts";

/** A sample beyond this (96 dB over full scale), like NaN and infinity, is no sound. The library draws the line at the same place. */
const LOUDEST = 65_536;

const widths = { linear16: 2, linear32: 4, float32: 4, mulaw: 1, alaw: 1 } as const;

/** Bytes of one sample. */
export function sampleBytes(encoding: RawEncoding["encoding"]): number {
  return widths[encoding];
}

/** Samples as floats of -1 to 1; `bytes` must hold a whole number of them. Floats are copied as they are: see `repair`. */
export function toFloats(bytes: Uint8Array, encoding: RawEncoding["encoding"]): Float32Array<ArrayBuffer> {
  const width = widths[encoding];
  const count = bytes.length / width;
  const floats = new Float32Array(count);
  // Typed views need their own alignment.
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  switch (encoding) {
    case "linear16": {
      const from = new Int16Array(aligned.buffer, aligned.byteOffset, count);
      for (let i = 0; i < count; i++) floats[i] = (from[i] as number) / 32_768;
      break;
    }
    case "linear32": {
      const from = new Int32Array(aligned.buffer, aligned.byteOffset, count);
      for (let i = 0; i < count; i++) floats[i] = (from[i] as number) / 2_147_483_648;
      break;
    }
    case "float32":
      floats.set(new Float32Array(aligned.buffer, aligned.byteOffset, count));
      break;
    case "mulaw":
      for (let i = 0; i < count; i++) floats[i] = mulaw[bytes[i] as number] as number;
      break;
    case "alaw":
      for (let i = 0; i < count; i++) floats[i] = alaw[bytes[i] as number] as number;
      break;
  }
  return floats;
}

/** Whether `repair` would find nothing to do. */
export function isSound(samples: Float32Array): boolean {
  // A loop: `every` takes ten times as long, and a server of many streams asks forty thousand times a second.
  for (let i = 0; i < samples.length; i++) if (!(Math.abs(samples[i] as number) <= LOUDEST)) return false;
  return true;
}

/** Makes silence of what is no sound (NaN, infinity, absurd loudness), in place; returns how many samples that were. */
export function repair(samples: Float32Array): number {
  let count = 0;
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i] as number) <= LOUDEST) continue;
    samples[i] = 0;
    count++;
  }
  return count;
}

/** Interleaved samples as one plane per channel, or as their mean. */
export function toPlanes(
  samples: Float32Array<ArrayBuffer>,
  channels: number,
  mode: "mono" | "separate",
): Float32Array<ArrayBuffer>[] {
  if (channels === 1) return [samples];
  const frames = samples.length / channels;
  if (mode === "mono") {
    const mean = new Float32Array(frames);
    for (let frame = 0, at = 0; frame < frames; frame++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += samples[at++] as number;
      mean[frame] = sum / channels;
    }
    return [mean];
  }
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float32Array(frames);
    for (let frame = 0, at = channel; frame < frames; frame++, at += channels) plane[frame] = samples[at] as number;
    return plane;
  });
}

/** ITU-T G.711: what each of the 256 codes stands for. */
const mulaw = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const level = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
  return (bits & 0x80 ? 0x84 - level : level - 0x84) / 32_768;
});

const alaw = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const level = ((bits & 0x0f) << 4) + (segment > 0 ? 0x108 : 8);
  return ((bits & 0x80 ? 1 : -1) * (level << Math.max(0, segment - 1))) / 32_768;
});
