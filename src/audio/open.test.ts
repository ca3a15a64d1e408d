import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clip, clip, clips } from "../../test/data.ts";
import { belongings, collect, linear16, tone, type WavKind, wav } from "../../test/waves.ts";
import { Spool } from "../dialects/spool.ts";
import { silentLog } from "../log/log.ts";
import type { MediaOptions, MediaSource } from "./media.ts";
import { type Audio, openAudio } from "./open.ts";

let folder: string;
let audio: Audio;
const path = process.env.PATH;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-audio-"));
  audio = openAudio({ ffmpeg: {}, spool: new Spool(join(folder, "spool")) }, silentLog);
  // These tests are about what needs no ffmpeg; test/clients has those that do.
  process.env.PATH = "";
});

afterAll(async () => {
  process.env.PATH = path;
  await audio.close();
  rmSync(folder, { recursive: true });
});

const open = (source: MediaSource, options: Partial<MediaOptions> = {}) =>
  audio.openMedia(source, { channels: "mono", ...options });

async function planesOf(source: MediaSource, options: Partial<MediaOptions> = {}): Promise<Float32Array[]> {
  return await collect(await open(source, options));
}

const speech = tone(440, 0.5, 16_000);

/** MP3 whose encoder left no word about its delay, and ADTS, are longer by a frame or two. */
const TOLERANCE = 0.1;

describe("recordings", () => {
  const decodable = clips().filter(({ format }) => /^(wav|mp3|flac|ogg)\//.test(format));

  test("of the four formats are as long as they are, from memory and from disk, mixed and apart", async () => {
    const wrong: string[] = [];
    for (const { path, file, seconds, channels } of decodable.filter(({ seconds }) => seconds > 0)) {
      const bytes = new Uint8Array(readFileSync(file));
      const all = await Promise.all(
        [{ bytes }, { path: file }].flatMap((source) =>
          (["mono", "separate"] as const).map((mode) => planesOf(source, { channels: mode })),
        ),
      );
      const lengths = new Set(all.flatMap((planes) => planes.map(({ length }) => length)));
      const counts = all.map(({ length }) => length).join();
      const length = (all[0]?.[0]?.length ?? 0) / 16_000;
      if (lengths.size !== 1 || counts !== [1, channels, 1, channels].join() || Math.abs(length - seconds) > TOLERANCE)
        wrong.push(`${path}: ${length} s for ${seconds}, planes ${counts} for ${channels}`);
    }
    expect(wrong).toEqual([]);
    expect(decodable.length).toBeGreaterThan(10);
  }, 120_000);

  test("tell their format, channels and duration before they are read", async () => {
    const media = await open({ path: clip("containers_jfk/jfk.mp3").file }, { channels: "separate" });
    expect(media).toMatchObject({ format: "mp3", channels: 1, duration: 11 });
    await media.close();
  });

  test("without a header are read as declared", async () => {
    const bytes = linear16(tone(440, 2.5, 16_000));
    const raw = { encoding: "linear16", rate: 16_000, channels: 1 } as const;
    expect(await planesOf({ bytes }, { raw })).toEqual(await planesOf({ bytes: wav(bytes) }));
    const path = join(folder, "headerless");
    writeFileSync(path, bytes);
    const media = await open({ path }, { raw: { ...raw, rate: 8000, channels: 2 }, channels: "separate" });
    expect(media).toMatchObject({ format: "raw", channels: 2, duration: 2.5 });
    expect((await collect(media)).map(({ length }) => length)).toEqual([40_000, 40_000]);
  });

  test("of plain WAV are the same whether taken as they lie or decoded by the library", async () => {
    const samples = linear16(tone(440, 9.7, 16_000), tone(660, 9.7, 16_000));
    const plain = wav(samples, { channels: 2 });
    // A size that is not true sends it to the library.
    const odd = wav(samples, { channels: 2, claimed: 0 });
    for (const channels of ["mono", "separate"] as const)
      expect(await planesOf({ bytes: plain }, { channels })).toEqual(await planesOf({ bytes: odd }, { channels }));
  });
});

describe("what cannot be decoded", () => {
  const nan = new Uint8Array(Float32Array.of(0.5, Number.NaN, 0.25).buffer);
  const head = (clip: Clip, length: number) => new Uint8Array(readFileSync(clip.file)).subarray(0, length);
  const flac = clip("librispeech_test_other/1688-142285-0002.flac");
  const mp3 = clip("containers_jfk/jfk.mp3");

  const refused: [string, () => MediaSource, string][] = [
    ["an empty file", () => ({ bytes: new Uint8Array(0) }), "The file is empty."],
    ["a WAV without samples", () => ({ bytes: wav(new Uint8Array(0)) }), "not one sample"],
    ["a WAV that ends in its header", () => ({ bytes: wav(linear16(speech)).subarray(0, 30) }), "cut off"],
    ["a WAV without its data", () => ({ bytes: wav(linear16(speech)).subarray(0, 36) }), "no data chunk"],
    ["a WAV of 1000 channels", () => wavSource({ channels: 1000 }), "1000 channels"],
    ["a WAV of no channels", () => wavSource({ channels: 0 }), "0 channels"],
    ["a WAV of 1 Hz", () => wavSource({ rate: 1 }), "1 Hz"],
    ["a WAV of 10 MHz", () => wavSource({ rate: 10_000_000 }), "10000000 Hz"],
    ["a WAV of 7-byte samples", () => wavSource({ bits: 56 }), "width"],
    ["a FLAC that ends in its header", () => ({ bytes: head(flac, 30) }), "FLAC header"],
    ["a WAV of nothing but empty chunks", () => ({ bytes: wavOfNothing() }), "does not say what its samples are"],
    ["tags behind tags", () => ({ bytes: Buffer.from("ID3\x04\0\0\0\0\0\0".repeat(1_000_000)) }), "MP3"],
    ["an MP3 that ends in its tag", () => ({ bytes: head(mp3, 12) }), "tag"],
    ["text renamed .mp3", () => file("notes.mp3", "This is what somebody typed."), "it is a text"],
    ["a saved error page", () => file("page.wav", "<html><h1>404</h1></html>"), "a web page"],
    ["a playlist", () => file("list.m4a", "#EXTM3U\nhttp://127.0.0.1/secret\n"), "a playlist"],
    ["a ZIP archive", () => ({ bytes: Buffer.from("PK\x03\x04\x14\0\0\0\x08\0") }), "a ZIP archive"],
    ["a file that is not there", () => ({ path: join(folder, "nowhere.wav") }), "ENOENT"],
  ];

  function wavOfNothing(): Uint8Array {
    const bytes = new Uint8Array(20_000_000);
    bytes.set(wav(new Uint8Array(0)).subarray(0, 12));
    return bytes;
  }

  function wavSource(kind: WavKind): MediaSource {
    return { bytes: wav(linear16(speech), kind) };
  }

  function file(name: string, text: string): MediaSource {
    const path = join(folder, name);
    writeFileSync(path, text);
    return { path };
  }

  for (const [name, source, words] of refused)
    test(`${name} is refused with the reason`, () =>
      expect(open(source())).rejects.toMatchObject({ code: "bad-audio", message: expect.stringContaining(words) }));

  const kept: [string, () => Uint8Array, number][] = [
    ["a WAV that is cut off", () => wav(linear16(speech)).subarray(0, 44 + 2001), 1000],
    ["a WAV that claims too much", () => wav(linear16(speech), { claimed: 0x7fffffff }), 8000],
    ["a WAV from a pipe", () => wav(linear16(speech), { claimed: 0xffffffff }), 8000],
    ["a WAV of 20 ms", () => wav(linear16(speech.subarray(0, 320))), 320],
    ["a WAV of one sample", () => wav(linear16(speech.subarray(0, 1))), 1],
    ["half a FLAC", () => head(flac, 20_000), 0],
    ["half an MP3", () => head(mp3, 30_000), 0],
  ];
  for (const [name, bytes, samples] of kept)
    test(`${name} gives what is there`, async () => {
      const [plane] = (await planesOf({ bytes: bytes() })) as [Float32Array];
      if (samples > 0) expect(plane).toHaveLength(samples);
      else expect(plane.length).toBeGreaterThan(8000);
      expect(plane.every((sample) => Math.abs(sample) <= 1)).toBe(true);
    });

  test("a float WAV with samples that are no numbers has silence there, and says how many", async () => {
    const media = await open({ bytes: wav(nan, { tag: 3, bits: 32 }) });
    expect(await collect(media)).toEqual([Float32Array.of(0.5, 0, 0.25)]);
    expect(media.repaired).toBe(1);
  });

  test("a raw encoding that cannot be is the caller's mistake", () =>
    expect(
      open({ bytes: new Uint8Array(100) }, { raw: { encoding: "linear16", rate: 7, channels: 1 } }),
    ).rejects.toMatchObject({ code: "bad-parameter", parameter: "sample_rate" }));

  test("a format that is ffmpeg's says what it is and how ffmpeg is installed", async () => {
    for (const [name, title] of [
      ["containers_jfk/jfk.m4a", "An M4A file"],
      ["containers_jfk/jfk.opus", "An Ogg Opus file"],
      ["containers_jfk/jfk.webm", "A WebM file"],
    ] as const)
      await expect(open({ path: clip(name).file })).rejects.toMatchObject({
        code: "bad-audio",
        reason: "no-ffmpeg",
        message: expect.stringMatching(
          new RegExp(`^${title} is decoded by ffmpeg, which is not installed here. Install`),
        ),
      });
  });

  test("a setting that names no program, or none that runs, says so", async () => {
    const source = { path: clip("containers_jfk/jfk.opus").file };
    const nothing = join(folder, "nothing");
    writeFileSync(nothing, "no program", { mode: 0o755 });
    for (const configured of [join(folder, "nowhere"), folder, nothing]) {
      const other = openAudio({ ffmpeg: { configured }, spool: new Spool(folder) }, silentLog);
      const opening = other.openMedia(source, { channels: "mono" });
      await expect(opening).rejects.toMatchObject({ code: "bad-audio", reason: "no-ffmpeg" });
      await expect(opening).rejects.toThrow("the one that is set up here does not run");
      await expect(opening).rejects.not.toThrow(folder);
      await other.close();
    }
  });
});

describe("limits", () => {
  test("audio that is too long is refused while it is read", async () => {
    const short = openAudio({ ffmpeg: {}, spool: new Spool(folder), mostSeconds: 5 }, silentLog);
    const media = await short.openMedia({ path: clip("containers_jfk/jfk.mp3").file }, { channels: "mono" });
    await expect(collect(media)).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringContaining("5 seconds"),
    });
    await short.close();
  });

  test("a signal ends the reading, before it and in the middle", async () => {
    const source = { path: clip("containers_jfk/jfk.mp3").file };
    await expect(open(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    const controller = new AbortController();
    const media = await open(source, { signal: controller.signal });
    const blocks = media.blocks[Symbol.asyncIterator]();
    await blocks.next();
    controller.abort();
    await expect(blocks.next()).rejects.toMatchObject({ code: "cancelled" });
  });

  test("nothing is left behind: no file, no process but the decoder, no memory of the library's", async () => {
    const before = belongings();
    const sources: MediaSource[] = [
      { path: clip("containers_jfk/jfk.mp3").file },
      { path: clip("containers_jfk/jfk.wav").file },
      { bytes: new Uint8Array(readFileSync(clip("containers_jfk/jfk.mp3").file)) },
      { bytes: new Uint8Array(50) },
      { path: join(folder, "nowhere") },
    ];
    for (let round = 0; round < 20; round++)
      await Promise.all(
        sources.map(async (source, i) => {
          const media = await open(source).catch(() => undefined);
          if (!media) return;
          if ((round + i) % 3 === 0) return await media.close();
          for await (const _ of media.blocks) if ((round + i) % 3 === 1) break;
        }),
      );
    const after = belongings();
    expect(after.files).toEqual(before.files);
    expect(after.children.length).toBeLessThanOrEqual(Math.max(1, before.children.length));
    expect(readdirSync(folder).includes("spool") && readdirSync(join(folder, "spool")).length > 0).toBe(false);
  });
});
