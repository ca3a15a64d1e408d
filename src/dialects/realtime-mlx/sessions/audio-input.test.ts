import { describe, expect, test } from "bun:test";
import { clip } from "../../../../test/data.ts";
import { samplesOf } from "../../../../test/server/support.ts";
import { audioInput, decodeBase64, readDeclared } from "./audio-input.ts";

const file = clip("containers_jfk/jfk.wav").file;
const samples = new Uint8Array(samplesOf(file));
const floats = new Uint8Array(Float32Array.from(new Int16Array(samples.buffer), (one) => one / 32_768).buffer);
const exact = { isExact: true };

describe("what bytes are", () => {
  test("samples of either kind, at every place of a recording", async () => {
    for (let at = 0; at < 300_000; at += 20_000) {
      const integers = await audioInput(samples.slice(at, at + 4000), { channels: 1 }, exact);
      expect(integers.raw).toEqual({ encoding: "linear16", rate: 16_000, channels: 1 });
      const real = await audioInput(floats.slice(2 * at + 80_000, 2 * at + 88_000), { channels: 1 }, exact);
      expect(real.raw?.encoding).toBe("float32");
    }
  });

  test("silence is taken for integers, and so are bytes that are no floats", async () => {
    for (const bytes of [new Uint8Array(4000), new Uint8Array(4000).fill(1), new Uint8Array(4000).fill(255)])
      expect((await audioInput(bytes, { channels: 1 }, exact)).raw?.encoding).toBe("linear16");
  });

  test("plain WAV is its samples, another container is left alone", async () => {
    const wav = await Bun.file(file).bytes();
    const { raw, bytes, warning } = await audioInput(wav, { rate: 44_100, channels: 2 }, exact);
    expect(raw).toEqual({ encoding: "linear16", rate: 16_000, channels: 1 });
    expect(bytes).toEqual(samples);
    expect(warning).toContain("44100 Hz");
    for (const name of ["jfk.mp3", "jfk.ogg", "jfk.webm", "jfk.m4a"]) {
      const other = await Bun.file(clip(`containers_jfk/${name}`).file).bytes();
      expect(await audioInput(other, { channels: 1 }, exact)).toEqual({ bytes: other });
    }
  });

  test("a number of bytes that is no number of samples", async () => {
    for (const [length, channels] of [
      [4001, 1],
      [4002, 2],
    ] as const) {
      await expect(audioInput(samples.subarray(0, length), { channels }, exact)).rejects.toMatchObject({
        code: "bad-audio",
      });
      const cut = await audioInput(samples.subarray(0, length), { channels }, { isExact: false });
      expect(cut.bytes.length).toBe(4000);
    }
  });
});

test("what a client declares", () => {
  expect(readDeclared({})).toEqual({ channels: 1 });
  expect(readDeclared({ format: "PCM16", sample_rate: 8000, channels: 2 })).toEqual({
    encoding: "linear16",
    rate: 8000,
    channels: 2,
  });
  expect(readDeclared({ encoding: "f32le" }).encoding).toBe("float32");
  expect(readDeclared({ format: "webm" })).toEqual({ channels: 1 });
  for (const wrong of [{ sample_rate: 1 }, { sample_rate: "fast" }, { channels: 0 }, { format: 7 }])
    expect(() => readDeclared(wrong)).toThrow();
});

test("base64 in both alphabets, whole", () => {
  const bytes = new Uint8Array([251, 255, 0, 1]);
  for (const text of ["+/8AAQ==", "-_8AAQ", "-_8AAQ==", "data:audio/wav;base64,+/8AAQ==", "+/8A\nAQ=="])
    expect(decodeBase64(text)).toEqual(bytes);
  for (const wrong of ["+/8AAQ", "§", "+/8AAQ==!", "+/-_"])
    expect(() => decodeBase64(wrong)).toThrow("Invalid base64 audio data");
});
