/** Sound made for tests, WAV files of every kind around it, and media read to their end. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { OpenMedia } from "../src/audio/media.ts";

/** A sine of half the full scale. */
export function tone(hertz: number, seconds: number, rate: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate) / 2,
  );
}

/** 16-bit PCM; several channels interleaved. */
export function linear16(...channels: Float32Array[]): Uint8Array<ArrayBuffer> {
  const frames = channels[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(2 * frames * channels.length));
  channels.forEach((plane, channel) => {
    for (let i = 0; i < frames; i++)
      view.setInt16(2 * (i * channels.length + channel), Math.round((plane[i] as number) * 32_767), true);
  });
  return new Uint8Array(view.buffer);
}

export interface WavKind {
  tag?: number;
  channels?: number;
  rate?: number;
  bits?: number;
  /** What the header says of the samples' bytes, when it is not true. */
  claimed?: number;
}

/** A WAV file around samples that are coded already. */
export function wav(samples: Uint8Array, kind: WavKind = {}): Uint8Array<ArrayBuffer> {
  const { tag = 1, channels = 1, rate = 16_000, bits = 16, claimed = samples.length } = kind;
  const file = new Uint8Array(44 + samples.length);
  const view = new DataView(file.buffer);
  new TextEncoder().encodeInto("RIFF....WAVEfmt ", file);
  view.setUint32(4, 36 + claimed, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * channels * bits) / 8, true);
  view.setUint16(32, (channels * bits) / 8, true);
  view.setUint16(34, bits, true);
  new TextEncoder().encodeInto("data", file.subarray(36));
  view.setUint32(40, claimed, true);
  file.set(samples, 44);
  return file;
}

/**
 * Silence of 16 kHz as FLAC (RFC 9639): fourteen bytes for each four seconds, so that ten hours are no bigger than a picture.
 * `seconds` is rounded to whole frames.
 */
export function silentFlac(seconds: number): Uint8Array<ArrayBuffer> {
  const block = 65_535;
  const frames = Math.round((seconds * 16_000) / block);
  const samples = frames * block;
  const info = new DataView(new ArrayBuffer(34));
  info.setUint16(0, block);
  info.setUint16(2, block);
  // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of samples.
  info.setUint32(10, (16_000 << 12) | (15 << 4) | Math.floor(samples / 2 ** 32));
  info.setUint32(14, samples % 2 ** 32);
  const parts: Uint8Array[] = [Buffer.from("fLaC"), Uint8Array.of(0x80, 0, 0, 34), new Uint8Array(info.buffer)];
  for (let frame = 0; frame < frames; frame++) {
    // Fixed block size, 16 bits of it at the end, 16 kHz, mono, 16 bits a sample; then the frame's number as UTF-8 writes it.
    const header = [
      0xff,
      0xf8,
      0x75,
      0x08,
      ...Buffer.from(String.fromCodePoint(frame)),
      (block - 1) >> 8,
      (block - 1) & 255,
    ];
    header.push(crc(header, 8, 0x07));
    const body = [...header, 0, 0, 0];
    const check = crc(body, 16, 0x8005);
    parts.push(Uint8Array.of(...body, check >> 8, check & 255));
  }
  return new Uint8Array(Buffer.concat(parts));
}

function crc(bytes: readonly number[], bits: 8 | 16, polynomial: number): number {
  const top = 1 << (bits - 1);
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) value = (value & top ? (value << 1) ^ polynomial : value << 1) & (2 * top - 1);
  }
  return value;
}

/** Everything that is in it, plane by plane. */
export async function collect(media: Pick<OpenMedia, "blocks">): Promise<Float32Array<ArrayBuffer>[]> {
  const blocks: Float32Array[][] = [];
  for await (const planes of media.blocks) {
    if (new Set(planes.map(({ length }) => length)).size > 1)
      throw new Error("The planes of a block differ in length.");
    blocks.push(planes);
  }
  return (blocks[0] ?? []).map((_, plane) => joined(blocks.map((planes) => planes[plane] ?? new Float32Array(0))));
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How much louder the reference is than what differs from it, in decibels. */
export function signalToNoise(reference: Float32Array, pcm: Float32Array, lag = 0): number {
  let signal = 0;
  let noise = 1e-20;
  const from = Math.max(0, -lag);
  const to = Math.min(reference.length, pcm.length - lag);
  for (let i = from; i < to; i++) {
    signal += (reference[i] as number) ** 2;
    noise += ((pcm[i + lag] as number) - (reference[i] as number)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** The most memory that a process has had so far, in MiB; 0 where the system does not tell. */
export function peakMemory(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Programs that this process has started and that still run, and files that it has open: Linux only, empty elsewhere. */
export function belongings(): { children: string[]; files: string[] } {
  if (process.platform !== "linux") return { children: [], files: [] };
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === process.pid);
  const files = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  return { children, files: files.filter((name) => name.startsWith("/") && !name.startsWith("/dev/")) };
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
