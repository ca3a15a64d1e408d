import { describe, expect, test } from "bun:test";
import { linear16, signalToNoise, tone } from "../../test/waves.ts";
import type { RawEncoding } from "./media.ts";
import { repair, toFloats } from "./pcm.ts";
import { RawStream } from "./raw.ts";

/** Pushes bytes in pieces of these sizes, over and over, and flushes. */
function through(raw: RawEncoding, mode: "mono" | "separate", bytes: Uint8Array, sizes: number[]): Float32Array[] {
  const stream = new RawStream(raw, mode);
  const planes: number[][] = Array.from({ length: mode === "mono" ? 1 : raw.channels }, () => []);
  const keep = (block: Float32Array[]) => {
    for (const [i, plane] of block.entries()) planes[i]?.push(...plane);
  };
  const buffer = new Uint8Array(Math.max(...sizes));
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + (sizes[turn % sizes.length] as number));
    // A socket's buffer is used again for the next message.
    buffer.set(piece);
    keep(stream.push(buffer.subarray(0, piece.length)));
    at += piece.length;
  }
  keep(stream.flush());
  stream.close();
  return planes.map((plane) => Float32Array.from(plane));
}

const encodings = ["linear16", "linear32", "float32", "mulaw", "alaw"] as const;

/** A tone in an encoding, and how faithful that encoding is, in dB. */
function coded(encoding: RawEncoding["encoding"], pcm: Float32Array): { bytes: Uint8Array; fidelity: number } {
  switch (encoding) {
    case "linear16":
      return { bytes: linear16(pcm), fidelity: 80 };
    case "linear32":
      return { bytes: new Uint8Array(Int32Array.from(pcm, (x) => x * 2_147_483_647).buffer), fidelity: 90 };
    case "float32":
      return { bytes: new Uint8Array(pcm.slice().buffer), fidelity: 90 };
    case "mulaw":
    case "alaw": {
      // The nearest code of all: what an encoder does, found the slow way.
      const levels = toFloats(
        Uint8Array.from({ length: 256 }, (_, code) => code),
        encoding,
      );
      const nearest = (x: number) =>
        levels.reduce(
          (best, level, code) => (Math.abs(level - x) < Math.abs((levels[best] as number) - x) ? code : best),
          0,
        );
      return { bytes: Uint8Array.from(pcm, nearest), fidelity: 35 };
    }
  }
}

describe("raw PCM", () => {
  for (const encoding of encodings)
    test.each([8000, 16_000, 44_100, 48_000])(`${encoding} of %i Hz becomes 16 kHz floats`, (rate) => {
      const { bytes, fidelity } = coded(encoding, tone(440, 0.5, rate));
      const [pcm] = through({ encoding, rate, channels: 1 }, "mono", bytes, [bytes.length]) as [Float32Array];
      expect(pcm.length).toBe(8000);
      expect(signalToNoise(tone(440, 0.5, 16_000).subarray(100, 7900), pcm.subarray(100, 7900))).toBeGreaterThan(
        fidelity,
      );
    });

  test("G.711 has the levels of ITU-T's tables at its ends", () => {
    const level = (encoding: "mulaw" | "alaw", code: number) =>
      Math.round((toFloats(Uint8Array.of(code), encoding)[0] as number) * 32_768);
    expect([0x00, 0x80, 0x7f, 0xff].map((code) => level("mulaw", code))).toEqual([-32_124, 32_124, 0, 0]);
    expect([0x2a, 0xaa, 0x55, 0xd5].map((code) => level("alaw", code))).toEqual([-32_256, 32_256, -8, 8]);
  });

  test.each([[[1]], [[3, 1, 2]], [[7, 640, 2, 5]], [[639, 641]]])(
    "bytes in pieces of %p give the same samples as in one",
    (sizes) => {
      const left = tone(300, 0.1, 44_100);
      const bytes = linear16(left, tone(500, 0.1, 44_100));
      const raw = { encoding: "linear16", rate: 44_100, channels: 2 } as const;
      for (const mode of ["mono", "separate"] as const)
        expect(through(raw, mode, bytes, sizes)).toEqual(through(raw, mode, bytes, [bytes.length]));
    },
  );

  test("an unaligned view is read like any other", () => {
    const bytes = linear16(tone(440, 0.01, 16_000));
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const raw = { encoding: "linear16", rate: 16_000, channels: 1 } as const;
    expect(through(raw, "mono", shifted.subarray(1), [64])).toEqual(through(raw, "mono", bytes, [64]));
    const buffer = Buffer.from(shifted.buffer, 1);
    expect(toFloats(buffer, "linear16")).toEqual(toFloats(bytes, "linear16"));
  });

  test("a byte that is left over at the end is dropped", () => {
    const bytes = new Uint8Array([...linear16(tone(440, 0.01, 16_000)), 7]);
    expect(through({ encoding: "linear16", rate: 16_000, channels: 1 }, "mono", bytes, [5])[0]).toHaveLength(160);
  });

  test("channels stay apart, or are averaged", () => {
    const left = Float32Array.of(0.5, 0.25, -1);
    const right = Float32Array.of(-0.5, 0.25, 0);
    const bytes = new Uint8Array(Float32Array.from([0.5, -0.5, 0.25, 0.25, -1, 0]).buffer);
    const raw = { encoding: "float32", rate: 16_000, channels: 2 } as const;
    expect(through(raw, "separate", bytes, [4])).toEqual([left, right]);
    expect(through(raw, "mono", bytes, [4])).toEqual([Float32Array.of(0, 0.25, -0.5)]);
  });

  test("samples that are no numbers become silence and are counted", () => {
    const stream = new RawStream({ encoding: "float32", rate: 16_000, channels: 1 }, "mono");
    const floats = Float32Array.of(0.5, Number.NaN, Infinity, -Infinity, 1e20, 1.5);
    expect(stream.push(new Uint8Array(floats.buffer))).toEqual([Float32Array.of(0.5, 0, 0, 0, 0, 1.5)]);
    expect(stream.repaired).toBe(4);
    expect(repair(Float32Array.of(0, -1, 65_536))).toBe(0);
    stream.close();
  });

  test.each([
    [{ rate: 1, channels: 1 }, "sample_rate"],
    [{ rate: 10_000_000, channels: 1 }, "sample_rate"],
    [{ rate: 44_100.5, channels: 1 }, "sample_rate"],
    [{ rate: Number.NaN, channels: 1 }, "sample_rate"],
    [{ rate: 16_000, channels: 0 }, "channels"],
    [{ rate: 16_000, channels: 65 }, "channels"],
  ])("%p cannot be", (wrong, parameter) => {
    expect(() => new RawStream({ encoding: "linear16", ...wrong }, "mono")).toThrow(
      expect.objectContaining({ code: "bad-parameter", parameter }),
    );
  });

  test("a stream that was flushed begins again", () => {
    const bytes = linear16(tone(440, 0.25, 48_000));
    const stream = new RawStream({ encoding: "linear16", rate: 48_000, channels: 1 }, "mono");
    const once = () => [...(stream.push(bytes)[0] as Float32Array), ...(stream.flush()[0] as Float32Array)];
    const first = once();
    expect(first).toHaveLength(4000);
    expect(once()).toEqual(first);
    stream.close();
  });
});
