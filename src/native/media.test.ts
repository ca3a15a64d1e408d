import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../../test/data.ts";
import { LEAST_CAPACITY, NativeMedia } from "./media.ts";
import { Resampler } from "./resampler.ts";

/** Whole planes, read in pieces of this size. */
function readAll(media: NativeMedia, channels: "mono" | "separate", capacity: number): number[][] {
  const planes: number[][] = [];
  for (;;) {
    const parts = media.read(channels, capacity);
    if (parts.length === 0) return planes;
    for (const [n, part] of parts.entries()) {
      planes[n] ??= [];
      planes[n].push(...part);
    }
  }
}

describe("media", () => {
  test.each([
    ["containers_jfk/jfk.wav", "wav"],
    ["containers_jfk/jfk.mp3", "mp3"],
    ["containers_jfk/jfk.ogg", "vorbis"],
    ["librispeech_test_other/1688-142285-0002.flac", "flac"],
  ] as const)("%s is %s and as long as it should be, from a file and from memory", (path, format) => {
    const { file, seconds, rate, channels } = clip(path);
    using fromFile = NativeMedia.fromFile(file);
    expect(fromFile.info).toMatchObject({ format, rate, channels });
    const [pcm] = readAll(fromFile, "mono", 50_000);
    expect(Math.abs((pcm?.length ?? 0) / 16_000 - seconds)).toBeLessThan(0.1);
    expect(fromFile.repaired).toBe(0);
    using fromMemory = NativeMedia.fromBytes(new Uint8Array(readFileSync(file)));
    expect(readAll(fromMemory, "mono", LEAST_CAPACITY)[0]).toEqual(pcm as number[]);
  });

  test("of two channels comes as two planes, or as their mean", () => {
    const { file } = clip("derived/codec_2414-128291-0006_stereo48k.mp3");
    using separate = NativeMedia.fromFile(file);
    using mixed = NativeMedia.fromFile(file);
    const [left, right] = readAll(separate, "separate", 20_000) as [number[], number[]];
    const [mono] = readAll(mixed, "mono", 30_000) as [number[]];
    expect([left.length, right.length]).toEqual([mono.length, mono.length]);
    const error = mono.reduce(
      (most, sample, n) => Math.max(most, Math.abs(sample - ((left[n] ?? 0) + (right[n] ?? 0)) / 2)),
      0,
    );
    expect(error).toBeLessThan(1e-4);
  });

  test("that is none is an error", () => {
    for (const bytes of [new Uint8Array(0), new TextEncoder().encode("no audio at all, only words")])
      expect(() => NativeMedia.fromBytes(bytes)).toThrow(expect.objectContaining({ code: "bad-audio" }));
    expect(() => NativeMedia.fromFile("/nowhere/clip.wav")).toThrow();
  });

  test("that is closed has no more to give", () => {
    const media = NativeMedia.fromFile(clip("containers_jfk/jfk.wav").file);
    media.close();
    media.close();
    expect(media.read("mono", LEAST_CAPACITY)).toEqual([]);
  });
});

describe("a resampler", () => {
  test.each([8_000, 11_025, 44_100, 48_000])("keeps a tone of 1 kHz at %i Hz, in pieces as in one", (rate) => {
    const tone = Float32Array.from({ length: rate }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 1000 * n) / rate));
    using whole = new Resampler(rate);
    const once = [...whole.push(tone), ...whole.flush()];
    expect(once).toHaveLength(16_000);
    using pieces = new Resampler(rate);
    const parts: number[] = [];
    for (let at = 0; at < tone.length; at += 777) parts.push(...pieces.push(tone.subarray(at, at + 777)));
    parts.push(...pieces.flush());
    expect(parts).toEqual(once);
    const middle = once.slice(2_000, 14_000);
    const level = Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
    expect(level).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  test("refuses a rate that is none, and work after its end", () => {
    expect(() => new Resampler(0)).toThrow();
    const closed = new Resampler(8_000);
    closed.close();
    expect(() => closed.push(new Float32Array(1))).toThrow("closed");
  });
});
