import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../../test/data.ts";
import { collect, linear16, peakMemory, silentFlac, tone, wav } from "../../test/waves.ts";
import { VerbatimError } from "../error.ts";
import { silentLog } from "../log/log.ts";
import { toOpenMedia } from "./block-source.ts";
import { formats } from "./formats.ts";
import { DECODER_PATIENCE, LibraryDecoder } from "./library.ts";
import type { MediaSource, OpenMedia } from "./media.ts";

const decoders: LibraryDecoder[] = [];

function decoder(patience: Partial<typeof DECODER_PATIENCE> = {}): LibraryDecoder {
  const made = new LibraryDecoder(silentLog, { ...DECODER_PATIENCE, ...patience });
  decoders.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(decoders.splice(0).map((made) => made.close()));
});

function open(library: LibraryDecoder, source: MediaSource): Promise<OpenMedia> {
  return toOpenMedia(library.open(source, formats.wav, "mono"), { seconds: 1e6 });
}

/** A WAV of many blocks that has to be resampled. */
const samples = linear16(tone(440, 60, 22_050));
const long = wav(samples, { rate: 22_050 });
const whole = 60 * 16_000;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(5);
}

describe("the decoder process", () => {
  test("decodes many files at once, each as if it were alone", async () => {
    const library = decoder();
    const sources: MediaSource[] = [{ bytes: long }, { path: clip("containers_jfk/jfk.mp3").file }];
    const alone = await Promise.all(sources.map(async (source) => collect(await open(library, source))));
    const together = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => collect(await open(library, sources[i % 2] as MediaSource))),
    );
    for (const [i, planes] of together.entries()) expect(planes).toEqual(alone[i % 2] as Float32Array<ArrayBuffer>[]);
  });

  test("is asked for no more than a block ahead of the reader", async () => {
    const library = decoder();
    const media = await open(library, { bytes: long });
    const pid = library.pid as number;
    await Bun.sleep(50);
    process.kill(pid, "SIGSTOP");
    const blocks = media.blocks[Symbol.asyncIterator]();
    // The one that opening waited for, and the one ahead if it was done by then.
    let there = 0;
    let next = blocks.next();
    while ((await Promise.race([next, Bun.sleep(200)])) !== undefined) {
      there++;
      next = blocks.next();
    }
    expect(there).toBeWithin(1, 3);
    process.kill(pid, "SIGCONT");
    expect((await next).done).toBe(false);
    await media.close();
  });

  test("that is killed from outside costs nobody anything", async () => {
    const library = decoder();
    const undisturbed = await collect(await open(library, { bytes: long }));
    const readers = Array.from({ length: 4 }, async () => collect(await open(library, { bytes: long })));
    for (let kill = 0; kill < 2; kill++) {
      await Bun.sleep(20);
      await until(() => library.pid !== undefined);
      process.kill(library.pid as number, "SIGKILL");
    }
    for (const planes of await Promise.all(readers)) expect(planes).toEqual(undisturbed);
  });

  test("that crashes costs the file it was working on; the others go on where they were", async () => {
    const library = decoder();
    const undisturbed = await collect(await open(library, { bytes: long }));
    const readers = Array.from({ length: 6 }, async () => {
      try {
        return await collect(await open(library, { bytes: long }));
      } catch (thrown) {
        return thrown as VerbatimError;
      }
    });
    await Bun.sleep(15);
    process.kill(library.pid as number, "SIGSEGV");
    const results = await Promise.all(readers);
    const refused = results.filter((result) => result instanceof VerbatimError);
    expect(refused.length).toBeLessThanOrEqual(1);
    for (const error of refused)
      expect(error).toMatchObject({ code: "bad-audio", message: expect.stringMatching(/did not survive this WAV/) });
    for (const planes of results) if (Array.isArray(planes)) expect(planes).toEqual(undisturbed);
    expect((await collect(await open(library, { bytes: long })))[0]).toHaveLength(whole);
  });

  test("that hangs is ended, and the file it hangs on refused", async () => {
    const library = decoder({ answer: 1500 });
    const media = await open(library, { bytes: long });
    const pid = library.pid as number;
    process.kill(pid, "SIGSTOP");
    await expect(collect(media)).rejects.toMatchObject({
      code: "bad-audio",
      message: expect.stringMatching(/no answer in 1.5 s/),
    });
    expect((await collect(await open(library, { bytes: long })))[0]).toHaveLength(whole);
    expect(library.pid).not.toBe(pid);
  });

  test("that hangs while it starts is ended, and nothing is the file's fault", async () => {
    const library = decoder({ answer: 1500 });
    const opening = open(library, { bytes: long });
    process.kill(library.pid as number, "SIGSTOP");
    await expect(opening).rejects.toMatchObject({ code: "engine-failed" });
    expect((await collect(await open(library, { bytes: long })))[0]).toHaveLength(whole);
  });

  test("ends when there has been nothing to do for a while, and comes back", async () => {
    const library = decoder({ idle: 30 });
    await collect(await open(library, { bytes: long }));
    const pid = library.pid as number;
    await until(() => library.pid === undefined);
    await collect(await open(library, { bytes: long }));
    expect(library.pid).not.toBe(pid);
  });

  test("that is closed refuses what is still read", async () => {
    const library = decoder();
    const media = await open(library, { bytes: long });
    await library.close();
    await expect(collect(media)).rejects.toMatchObject({ code: "shutting-down" });
    await expect(open(library, { bytes: long })).rejects.toMatchObject({ code: "shutting-down" });
  });

  test("says what the library says is wrong", () =>
    expect(open(decoder(), { bytes: new Uint8Array(100) })).rejects.toMatchObject({
      code: "bad-audio",
      message: "This is no WAV, MP3, FLAC or Ogg Vorbis file.",
    }));
});

test("ten hours of silence take no more memory than a minute", async () => {
  const library = decoder();
  const heard = async (bytes: Uint8Array) => {
    let length = 0;
    let sum = 0;
    for await (const [plane] of (await open(library, { bytes })).blocks as AsyncIterable<[Float32Array]>) {
      length += plane.length;
      sum += plane.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    }
    return { seconds: length / 16_000, sum };
  };
  await heard(silentFlac(60));
  const before = { server: process.memoryUsage.rss(), decoder: peakMemory(library.pid as number) };
  const flac = silentFlac(36_000);
  expect(flac.length).toBeLessThan(150_000);
  const { seconds, sum } = await heard(flac);
  expect(seconds).toBeCloseTo(36_000, -1);
  expect(sum).toBe(0);
  // What is decoded is 2.3 GB.
  expect(peakMemory(library.pid as number) - before.decoder).toBeLessThan(150);
  expect((process.memoryUsage.rss() - before.server) / 2 ** 20).toBeLessThan(300);
}, 120_000);

test("bytes of a spooled file are read by the decoder itself", async () => {
  const library = decoder();
  const { file } = clip("containers_jfk/jfk.mp3");
  const fromMemory = await collect(await open(library, { bytes: new Uint8Array(readFileSync(file)) }));
  expect(await collect(await open(library, { path: file }))).toEqual(fromMemory);
});
