import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { clip } from "../../test/data.ts";
import { collect, linear16, tone, wav } from "../../test/waves.ts";
import { Spool } from "../dialects/spool.ts";
import { silentLog } from "../log/log.ts";
import { openAudio } from "./open.ts";

const audio = openAudio({ ffmpeg: {}, spool: new Spool(tmpdir()) }, silentLog);
const path = process.env.PATH;

beforeAll(() => {
  // These tests are about what needs no ffmpeg; test/clients has those that do.
  process.env.PATH = "";
});

afterAll(async () => {
  process.env.PATH = path;
  await audio.close();
});

const left = tone(440, 0.5, 16_000);
const right = tone(660, 0.5, 16_000);

/** Pushes a file in pieces without waiting, as a socket's messages come. */
async function pushed(
  bytes: Uint8Array,
  piece: number,
  channels: "mono" | "separate" = "mono",
): Promise<Float32Array[]> {
  const stream = audio.openStream({ channels });
  for (let at = 0; at < bytes.length; at += piece) void stream.push(bytes.subarray(at, at + piece));
  stream.end();
  return await collect(stream);
}

describe("pushed WAV", () => {
  test.each([1, 7, 43, 44, 45, 640, 100_000])("comes out whole from pieces of %i bytes", async (piece) => {
    const bytes = wav(linear16(left, right), { channels: 2, claimed: 0xffffffff });
    const [first, second] = (await pushed(bytes, piece, "separate")) as [Float32Array, Float32Array];
    expect(first).toHaveLength(8000);
    for (let i = 0; i < 8000; i += 997) {
      expect(first[i]).toBeCloseTo(left[i] as number, 3);
      expect(second[i]).toBeCloseTo(right[i] as number, 3);
    }
  });

  test("of another rate and encoding is converted", async () => {
    const floats = new Uint8Array(tone(440, 0.5, 48_000).buffer);
    const [plane] = (await pushed(wav(floats, { tag: 3, bits: 32, rate: 48_000 }), 500)) as [Float32Array];
    expect(plane).toHaveLength(8000);
    for (let i = 200; i < 7800; i += 331) expect(plane[i]).toBeCloseTo(left[i] as number, 4);
  });

  test("gives sound as it comes, and what follows the samples is no sound", async () => {
    const stream = audio.openStream({ channels: "mono" });
    const file = new Uint8Array([...wav(linear16(left)), ...Buffer.from("LIST\x04\0\0\0INFO")]);
    const blocks = stream.blocks[Symbol.asyncIterator]();
    await stream.push(file.subarray(0, 44 + 3200));
    expect(((await blocks.next()).value as Float32Array[])[0]).toHaveLength(1600);
    await stream.push(file.subarray(44 + 3200));
    stream.end();
    expect(((await blocks.next()).value as Float32Array[])[0]).toHaveLength(6400);
    expect((await blocks.next()).done).toBe(true);
  });
});

describe("a pushed stream", () => {
  test.each([
    ["of nothing", "", "is empty"],
    ["of text", "Hello, this is no sound at all, and it goes on and on and on and on.", "it is a text"],
    ["of a few bytes", "RI", "it is a text"],
  ])("%s is refused when it ends", async (_, text, words) => {
    const stream = audio.openStream({ channels: "mono" });
    if (text) await stream.push(Buffer.from(text));
    stream.end();
    await expect(collect(stream)).rejects.toMatchObject({ code: "bad-audio", message: expect.stringContaining(words) });
  });

  test("of noise is refused when enough of it has come", async () => {
    const stream = audio.openStream({ channels: "mono" });
    const noise = Uint8Array.from({ length: 2000 }, (_, i) => (i * i * 31 + 17) % 253);
    for (let i = 0; i < 10; i++) await stream.push(noise);
    await expect(collect(stream)).rejects.toMatchObject({
      code: "bad-audio",
      message: expect.stringMatching(/is not known/),
    });
    await stream.push(noise);
  });

  test("that only ffmpeg decodes says so", async () => {
    const stream = audio.openStream({ channels: "mono" });
    await stream.push(await Bun.file(clip("containers_jfk/jfk.webm").file).bytes());
    await expect(collect(stream)).rejects.toMatchObject({ code: "bad-audio", reason: "no-ffmpeg" });
  });

  test("ends when it is closed, with or without having begun", async () => {
    const empty = audio.openStream({ channels: "mono" });
    const reading = collect(empty);
    await empty.close();
    expect(await reading).toEqual([]);
    const begun = audio.openStream({ channels: "mono" });
    await begun.push(wav(linear16(left)));
    await begun.close();
    expect(await collect(begun)).toEqual([]);
    await begun.push(new Uint8Array(10));
    begun.end();
  });

  test("ends with its signal", async () => {
    const controller = new AbortController();
    const stream = audio.openStream({ channels: "mono", signal: controller.signal });
    const reading = collect(stream);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
  });
});
