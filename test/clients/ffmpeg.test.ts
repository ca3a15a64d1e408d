/** Media through a real ffmpeg: what it decodes, what it is kept from, and the library's decoders held against it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Audio, openAudio } from "../../src/audio/open.ts";
import { RawStream } from "../../src/audio/raw.ts";
import { Spool } from "../../src/dialects/spool.ts";
import { silentLog } from "../../src/log/log.ts";
import { type Clip, clip, clips } from "../data.ts";
import { belongings, collect, signalToNoise } from "../waves.ts";

let folder: string;
let audio: Audio;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-ffmpeg-"));
  audio = openAudio({ ffmpeg: {}, spool: new Spool(join(folder, "spool")) }, silentLog);
});

afterAll(async () => {
  await audio.close();
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  expect(spooled()).toEqual([]);
  expect(programs()).toEqual([]);
});

function spooled(): string[] {
  return existsSync(join(folder, "spool")) ? readdirSync(join(folder, "spool")) : [];
}

/** The ffmpeg processes that run. */
function programs(): string[] {
  return belongings().children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "ffmpeg";
    } catch {
      return false;
    }
  });
}

/** Makes a file; `-y FILE` is added. */
function make(name: string, ...args: string[]): string {
  const path = join(folder, name);
  const made = Bun.spawnSync(["ffmpeg", "-v", "error", ...args, "-y", path]);
  if (!made.success) throw new Error(made.stderr.toString());
  return path;
}

const bytesOf = (path: string) => new Uint8Array(readFileSync(path));

/** What the manifest takes from an estimate is known better: all of a folder's files hold the same clip. */
function secondsOf({ path, seconds, format }: Clip): number {
  if (!/^(aac|amr)/.test(format)) return seconds;
  return path.includes("jfk") ? 11 : 8.995;
}

test("every recording has its length and channels, from disk and from memory", async () => {
  const wrong: string[] = [];
  const sets = ["containers_jfk", "containers_sonnet", "containers_misc", "formats_uberi", "derived", "google_samples"];
  const known = clips(...sets);
  expect(known.length).toBeGreaterThan(5);
  for (const one of known) {
    const raw = one.format.startsWith("raw")
      ? ({ encoding: "linear16", rate: one.rate, channels: one.channels } as const)
      : undefined;
    for (const source of [{ path: one.file }, { bytes: bytesOf(one.file) }])
      for (const channels of ["mono", "separate"] as const) {
        const heard = await audio
          .openMedia(source, { channels, ...(raw && { raw }) })
          .then(collect)
          .catch((thrown) => `${thrown.code}`);
        if (typeof heard === "string") {
          if (one.seconds > 0 || heard !== "bad-audio") wrong.push(`${one.path}: ${heard}`);
          continue;
        }
        const length = (heard[0]?.length ?? 0) / 16_000;
        if (Math.abs(length - secondsOf(one)) > 0.1 || heard.length !== (channels === "mono" ? 1 : one.channels))
          wrong.push(`${one.path}: ${length} s for ${secondsOf(one)}, ${heard.length} planes for ${one.channels}`);
      }
  }
  expect(wrong).toEqual([]);
}, 300_000);

/** Samples by which `pcm` is late, found where both agree best. */
function lagOf(reference: Float32Array, pcm: Float32Array): number {
  const from = 16_000 * 2;
  let best = { lag: 0, product: 0 };
  for (let lag = -1600; lag <= 1600; lag++) {
    let product = 0;
    for (let i = from; i < from + 16_000; i++) product += (reference[i] as number) * (pcm[i + lag] ?? 0);
    if (product > best.product) best = { lag, product };
  }
  return best.lag;
}

// A lossy codec's own delay, where neither the container nor ffmpeg takes it away: 1024 samples and what the encoder adds.
test.each([
  ["jfk.m4a", 2],
  ["jfk.opus", 2],
  ["jfk.webm", 8],
  ["jfk.mp3", 2],
])("%s says the same at the same time as the WAV, to %i ms", async (name, milliseconds) => {
  const [reference] = await collect(
    await audio.openMedia({ path: clip("containers_jfk/jfk.wav").file }, { channels: "mono" }),
  );
  const media = await audio.openMedia({ path: clip(`containers_jfk/${name}`).file }, { channels: "mono" });
  const [pcm] = await collect(media);
  const lag = lagOf(reference as Float32Array, pcm as Float32Array);
  expect(Math.abs(lag) / 16).toBeLessThanOrEqual(milliseconds);
  expect(signalToNoise(reference as Float32Array, pcm as Float32Array, lag)).toBeGreaterThan(5);
});

/** How near the two must be, in dB. ffmpeg rounds IMA ADPCM's steps in its own way. */
const likeness = (format: string) => (format.includes("adpcm") ? 30 : /^(wav|flac)/.test(format) ? 120 : 80);

/** Here it is ffmpeg that is off: mpg123 and the library agree to 129 dB, and both differ from it by 31. */
const ffmpegErrs = "nonspeech/office-ambience-24000-mono.mp3";

test("the library decodes what ffmpeg decodes, sample by sample", async () => {
  const wrong: string[] = [];
  const known = clips().filter(({ format, seconds }) => /^(wav|flac|mp3|ogg)\//.test(format) && seconds > 0);
  for (const { path, file, format, rate, channels } of known.filter((one) => one.path !== ffmpegErrs)) {
    const ours = await collect(await audio.openMedia({ path: file }, { channels: "separate" }));
    // At its own rate, and then through the same resampler: so only the decoders are compared.
    const decoded = Bun.spawnSync([
      "ffmpeg",
      "-v",
      "error",
      "-i",
      file,
      "-f",
      "f32le",
      "-c:a",
      "pcm_f32le",
      "-",
    ]).stdout;
    const stream = new RawStream({ encoding: "float32", rate, channels }, "separate");
    const theirs = stream.push(decoded);
    stream.close();
    for (const [i, plane] of ours.entries()) {
      const reference = theirs[i] ?? new Float32Array(0);
      const ratio = signalToNoise(reference, plane);
      if (ratio < likeness(format)) wrong.push(`${path}: ${ratio.toFixed(1)} dB`);
      // What the resampler holds back, and a short last block that ffmpeg's FLAC parser leaves out.
      if (Math.abs(reference.length - plane.length) > 300)
        wrong.push(`${path}: ${plane.length} of ${reference.length}`);
    }
  }
  expect(wrong).toEqual([]);
}, 300_000);

describe("a video", () => {
  const picture = ["-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=2"];
  const sound = ["-f", "lavfi", "-i", "sine=440:r=44100:d=1.5"];

  test.each(["mp4", "webm", "mkv", "avi", "ts", "mpg"])("of %s without sound says so", async (kind) => {
    const path = make(`silent.${kind}`, ...picture, "-an");
    for (const source of [{ path }, { bytes: bytesOf(path) }])
      await expect(audio.openMedia(source, { channels: "mono" })).rejects.toMatchObject({
        code: "bad-audio",
        message: expect.stringContaining("has no sound in it"),
      });
  });

  test.each(["mp4", "webm", "mkv", "avi", "ts", "mpg", "mov", "flv", "3gp"])("of %s gives its sound", async (kind) => {
    const small = kind === "3gp" ? ["-s", "176x144", "-c:v", "h263", "-r", "15", "-c:a", "aac"] : [];
    const path = make(`video.${kind}`, ...picture, ...sound, ...small);
    for (const source of [{ path }, { bytes: bytesOf(path) }]) {
      const [pcm] = await collect(await audio.openMedia(source, { channels: "mono" }));
      expect((pcm?.length ?? 0) / 16_000).toBeWithin(1.4, 1.65);
    }
  });

  test("whose sound begins late keeps its times", async () => {
    const path = make("late.mp4", ...picture, "-itsoffset", "0.5", ...sound);
    const [pcm] = await collect(await audio.openMedia({ path }, { channels: "mono" }));
    const loudAt = (pcm as Float32Array).findIndex((sample) => Math.abs(sample) > 0.05);
    expect(loudAt / 16_000).toBeWithin(0.45, 0.56);
  });

  test("with a gap in its sound keeps its times", async () => {
    const path = make(
      "gap.mkv",
      "-f",
      "lavfi",
      "-i",
      "sine=440:r=16000:d=3",
      "-af",
      "aselect='lt(t,1)+gt(t,2)'",
      "-c:a",
      "pcm_s16le",
    );
    const [pcm] = (await collect(await audio.openMedia({ path }, { channels: "mono" }))) as [Float32Array];
    expect(pcm.length / 16_000).toBeWithin(2.9, 3.1);
    expect(pcm.subarray(17_600, 30_400).every((sample) => Math.abs(sample) < 0.01)).toBe(true);
    expect(pcm.subarray(33_600).some((sample) => Math.abs(sample) > 0.05)).toBe(true);
  });
});

describe("channels", () => {
  test("of a surround recording stay apart, or become one", async () => {
    const path = make("six.m4a", "-f", "lavfi", "-i", "sine=440:d=1", "-af", "pan=5.1|c0=c0|c2=0.5*c0", "-c:a", "aac");
    const apart = await audio.openMedia({ path }, { channels: "separate" });
    expect(apart).toMatchObject({ channels: 6, format: "mov" });
    const loud = (await collect(apart)).map((plane) => plane.some((sample) => Math.abs(sample) > 0.02));
    expect(loud).toEqual([true, false, true, false, false, false]);
    expect(await collect(await audio.openMedia({ path }, { channels: "mono" }))).toHaveLength(1);
  });
});

describe("an index at the end", () => {
  const late = () =>
    make("late-index.m4a", "-i", clip("containers_jfk/jfk.wav").file, "-c:a", "aac", "-movflags", "-faststart");

  test("is sought in a file of ours, which is gone whether all is read, or part, or nothing", async () => {
    const bytes = bytesOf(late());
    const [pcm] = await collect(await audio.openMedia({ bytes }, { channels: "mono" }));
    expect((pcm?.length ?? 0) / 16_000).toBeWithin(10.9, 11.1);
    const opened = await audio.openMedia({ bytes }, { channels: "mono" });
    expect(opened.duration).toBeCloseTo(11, 1);
    expect(spooled()).toHaveLength(1);
    for await (const _ of opened.blocks) break;
    expect(spooled()).toEqual([]);
    const unread = await audio.openMedia({ bytes }, { channels: "mono" });
    await unread.close();
    expect(spooled()).toEqual([]);
    const controller = new AbortController();
    const aborted = await audio.openMedia({ bytes }, { channels: "mono", signal: controller.signal });
    controller.abort();
    await expect(collect(aborted)).rejects.toMatchObject({ code: "cancelled" });
  });

  test("that is damaged is refused, and leaves nothing", async () => {
    const bytes = bytesOf(late());
    const index = Buffer.from(bytes).indexOf("moov");
    bytes.fill(0xff, index + 20, index + 400);
    await expect(audio.openMedia({ bytes }, { channels: "mono" })).rejects.toMatchObject({ code: "bad-audio" });
  });

  test("of a name with odd characters is read all the same", async () => {
    const path = make("-i concat:%d|'x'.m4a", "-i", clip("containers_jfk/jfk.wav").file, "-c:a", "aac");
    expect(await collect(await audio.openMedia({ path }, { channels: "mono" }))).toHaveLength(1);
  });
});

describe("ffmpeg", () => {
  const source = () => ({ path: clip("containers_jfk/jfk.m4a").file });

  test("that is killed in the middle is an error, not an end", async () => {
    const path = make("long.m4a", "-f", "lavfi", "-i", "sine=440:d=600", "-c:a", "aac", "-movflags", "+faststart");
    const media = await audio.openMedia({ path }, { channels: "mono" });
    for (const pid of programs()) process.kill(Number(pid), "SIGKILL");
    await expect(collect(media)).rejects.toMatchObject({
      code: "bad-audio",
      message: expect.stringContaining("SIGKILL"),
    });
  });

  test("that makes no progress is given up", async () => {
    const patience = { ffmpeg: { silence: 300, grace: 60_000 } };
    const hasty = openAudio({ ffmpeg: {}, spool: new Spool(folder), patience }, silentLog);
    const path = join(folder, "long.m4a");
    const media = await hasty.openMedia({ path }, { channels: "mono" });
    for (const pid of programs()) process.kill(Number(pid), "SIGSTOP");
    await expect(collect(media)).rejects.toMatchObject({
      code: "bad-audio",
      message: expect.stringContaining("no progress"),
    });
    await hasty.close();
  });

  test("ends with the limit, the signal and the reader", async () => {
    const short = openAudio({ ffmpeg: {}, spool: new Spool(folder), mostSeconds: 3 }, silentLog);
    const reading = short.openMedia(source(), { channels: "mono" }).then(collect);
    await expect(reading).rejects.toMatchObject({ code: "too-large" });
    await short.close();
    const controller = new AbortController();
    const opening = audio.openMedia(source(), { channels: "mono", signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "cancelled" });
  });

  test("is found where the setting says, before all other places", async () => {
    const other = openAudio({ ffmpeg: { configured: "/bin/false" }, spool: new Spool(folder) }, silentLog);
    await expect(other.openMedia(source(), { channels: "mono" })).rejects.toMatchObject({ code: "bad-audio" });
    await other.close();
    const program = Bun.which("ffmpeg") as string;
    const embedded = openAudio({ ffmpeg: { embedded: () => program }, spool: new Spool(folder) }, silentLog);
    expect(await collect(await embedded.openMedia(source(), { channels: "mono" }))).toHaveLength(1);
    await embedded.close();
  });

  test("opens nothing but the file: what others name inside is not read", async () => {
    // A QuickTime file whose sound lies in another file.
    const outside = make("outside.mov", "-f", "lavfi", "-i", "sine=440:d=1", "-c:a", "pcm_s16le");
    const bytes = Buffer.from(bytesOf(outside));
    const at = bytes.indexOf("url ");
    expect(at).toBeGreaterThan(0);
    // The flag that says "in this very file" is taken away.
    bytes[at + 7] = 0;
    const heard = await audio
      .openMedia({ bytes: new Uint8Array(bytes) }, { channels: "mono" })
      .then(collect)
      .catch((thrown) => thrown.code);
    expect(heard === "bad-audio" || Array.isArray(heard)).toBe(true);
  });
});

describe("pushed media", () => {
  test.each(["jfk.webm", "jfk.opus", "jfk.mp3", "jfk.ogg", "jfk.m4a"])("%s is heard while it comes", async (name) => {
    const bytes = bytesOf(clip(`containers_jfk/${name}`).file);
    const stream = audio.openStream({ channels: "mono" });
    const blocks = stream.blocks[Symbol.asyncIterator]();
    const half = bytes.length / 2;
    for (let at = 0; at < half; at += 1000) await stream.push(bytes.subarray(at, Math.min(at + 1000, half)));
    // There is no end yet, and still there is sound.
    let samples = ((await blocks.next()).value as Float32Array[])[0]?.length ?? 0;
    expect(samples).toBeGreaterThan(0);
    void stream.push(bytes.subarray(half));
    stream.end();
    for (;;) {
      const { value, done } = await blocks.next();
      if (done) break;
      samples += value[0]?.length ?? 0;
    }
    expect(samples / 16_000).toBeWithin(10.8, 11.2);
  });

  test("that breaks off gives what has come", async () => {
    const bytes = bytesOf(clip("containers_jfk/jfk.webm").file);
    const stream = audio.openStream({ channels: "mono" });
    void stream.push(bytes.subarray(0, bytes.length / 2));
    stream.end();
    const [pcm] = await collect(stream);
    expect((pcm?.length ?? 0) / 16_000).toBeWithin(3, 8);
  });

  test("that is closed takes its process with it", async () => {
    const stream = audio.openStream({ channels: "mono" });
    await stream.push(bytesOf(clip("containers_jfk/jfk.webm").file).subarray(0, 5000));
    const reading = collect(stream);
    expect(programs()).toHaveLength(1);
    await stream.close();
    await reading;
    await stream.push(new Uint8Array(1000));
  });
});
