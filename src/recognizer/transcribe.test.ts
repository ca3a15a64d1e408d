import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { clips } from "../../test/data.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { pcmOf, sentences, until, wordsOf } from "../engine/testing.ts";
import { VerbatimError } from "../error.ts";
import { createRecognizer } from "./recognizer.ts";
import {
  join16k,
  openTestRecognizer,
  rawSource,
  recording,
  type TestRecognizer,
  transcribeAll,
  wordErrorRate,
} from "./testing.ts";

let test16k: TestRecognizer;
beforeAll(async () => {
  test16k = await openTestRecognizer();
});
afterAll(() => test16k[Symbol.asyncDispose]());

const spoken = [
  "librispeech_test_other/1688-142285-0002.flac",
  "librispeech_test_other/3080-5032-0003.flac",
  "librispeech_test_other/2609-156975-0003.flac",
  "containers_jfk/jfk.wav",
];

describe("speech", () => {
  test("becomes its words", async () => {
    let errors = 0;
    for (const path of spoken) {
      const { source, reference } = recording(path);
      const { text } = await transcribeAll(test16k, source, { words: false, segments: false });
      errors += wordErrorRate(reference, text);
    }
    expect(errors / spoken.length).toBeLessThan(0.06);
  });

  test("has the same text whatever else is asked for", async () => {
    const { source } = recording("containers_jfk/jfk.mp3");
    const plain = await transcribeAll(test16k, source, { words: false, segments: false });
    const divided = await transcribeAll(test16k, source, { words: false });
    const full = await transcribeAll(test16k, source);
    expect(divided.text).toBe(plain.text);
    expect(full.text).toBe(plain.text);
    expect(plain.segments).toHaveLength(1);
    expect(divided.words).toEqual([]);
    expect(full.words.map(({ text }) => text).join(" ")).toBe(full.text.trim());
  });

  test("has words in order, within the recording, with confidence", async () => {
    const { transcript, words, segments } = await transcribeAll(test16k, recording("containers_jfk/jfk.wav").source);
    let last = 0;
    for (const { from, to, confidence } of words) {
      expect(from).toBeGreaterThanOrEqual(last);
      expect(to).toBeGreaterThanOrEqual(from);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThanOrEqual(1);
      last = to;
    }
    expect(last).toBeLessThanOrEqual(transcript.duration);
    expect(transcript).toMatchObject({ language: "en", duration: 11, task: "transcribe", model: "base.en-q8_0" });
    for (const segment of segments) {
      expect(segment).toMatchObject({ temperature: 0, windowStart: segments[0]?.windowStart });
      expect(segment.from).toBe(segment.words[0]?.from as number);
    }
  });

  test("is the same from bytes and from a file, in any of the library's formats", async () => {
    const texts = [];
    for (const path of ["containers_jfk/jfk.wav", "containers_jfk/jfk.mp3"]) {
      const { source } = recording(path);
      texts.push(wordsOf((await transcribeAll(test16k, source)).text));
      const bytes = await Bun.file((source as { path: string }).path).bytes();
      texts.push(wordsOf((await transcribeAll(test16k, { bytes })).text));
    }
    expect(new Set(texts).size).toBe(1);
  });
});

describe("what is told beforehand changes the text", () => {
  test("key terms are spelled as they are given", async () => {
    const { source } = recording("librispeech_test_other/367-130732-0006.flac");
    expect((await transcribeAll(test16k, source)).text).not.toContain("à la Newberg");
    const { text } = await transcribeAll(test16k, source, { keyterms: ["Lobster à la Newberg"] });
    expect(text).toContain("à la Newberg");
  });

  test("a prompt sets the style, in the request or in the settings", async () => {
    const { source } = recording("ljspeech/LJ002-0020.wav");
    const prompt = "In eighteen twelve, in nineteen twenty";
    expect((await transcribeAll(test16k, source)).text).toContain("1813");
    expect((await transcribeAll(test16k, source, { prompt })).text).toContain("eighteen thirteen");
    const settings = { ...test16k.parts.settings, prompt };
    const recognizer = createRecognizer({ ...test16k.parts, settings });
    expect((await transcribeAll({ ...test16k, recognizer }, source)).text).toContain("eighteen thirteen");
  });

  test("a temperature is where the first attempt begins", async () => {
    const { source } = recording("containers_jfk/jfk.wav");
    const { segments } = await transcribeAll(test16k, source, { temperature: 0.4 });
    expect(segments[0]?.temperature).toBeGreaterThanOrEqual(0.4);
  });
});

describe("a long recording", () => {
  // Gaps that are kept, shortened, and longer than a window; 70 s of speech and more than one window.
  const gaps = [0.3, 2, 9, 0.7, 40, 1.5, 3, 0.4, 12, 0.6, 5, 33];
  const said = gaps.map((_, i) => pcmOf(sentences[i % sentences.length] as string));
  const audio = join16k(...gaps.flatMap((gap, i) => [gap, said[i] as Float32Array]), 20);
  const places = gaps.map((_, i) => {
    const before = gaps.slice(0, i + 1).reduce((sum, gap) => sum + gap, 0);
    const from = before + said.slice(0, i).reduce((sum, clip) => sum + clip.length, 0) / SAMPLE_RATE;
    return { from, to: from + (said[i]?.length ?? 0) / SAMPLE_RATE };
  });

  test("is stitched: every word lies in the clip that it was said in, and silence has none", async () => {
    const { source, raw } = rawSource(audio);
    const { words, statistics, events, transcript } = await transcribeAll(test16k, source, { raw });
    expect(statistics.windows).toBeGreaterThan(1);
    const alone = new Map<string, string>();
    for (const path of sentences) alone.set(path, wordsOf((await transcribeAll(test16k, recording(path).source)).text));
    let outside = 0;
    let errors = 0;
    for (const [i, place] of places.entries()) {
      const inside = words.filter(({ from, to }) => from >= place.from && to <= place.to);
      outside += inside.length;
      const expected = alone.get(sentences[i % sentences.length] as string) ?? "";
      errors += wordErrorRate(expected, inside.map(({ text }) => text).join(" "));
    }
    expect(outside).toBe(words.length);
    // What stands beside a sentence may change a word of it.
    expect(errors / places.length).toBeLessThan(0.25);
    expect(transcript.duration).toBeCloseTo(audio.length / SAMPLE_RATE, 6);

    const segments = events.flatMap((event) => (event.type === "segment" ? [event.segment] : []));
    expect(segments).toEqual(transcript.channels[0]?.segments ?? []);
    expect(segments.map(({ from }) => from)).toEqual(segments.map(({ from }) => from).toSorted((a, b) => a - b));
    const progress = events.flatMap((event) => (event.type === "progress" ? [event.done] : []));
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBeCloseTo(transcript.duration, 6);
  });

  test("has the same words when the engine is killed in the middle", async () => {
    const { source, raw } = rawSource(audio);
    const undisturbed = await transcribeAll(test16k, source, { raw });
    const running = transcribeAll(test16k, source, { raw });
    await until(() => test16k.engines.status().some((engine) => engine.running > 0));
    process.kill(test16k.engines.status()[0]?.pid ?? 0, "SIGKILL");
    const disturbed = await running;
    expect(test16k.engines.status()[0]?.restarts).toBeGreaterThan(0);
    expect(disturbed.words).toEqual(undisturbed.words);
  }, 60_000);

  test("is decoded in halves where more is said than the model can write at once", async () => {
    const { source, raw } = rawSource(join16k(...said.slice(0, 5)));
    const whole = await transcribeAll(test16k, source, { raw });
    const decode: typeof test16k.engines.decode = (model, job) =>
      test16k.engines.decode(model, { ...job, options: { ...job.options, maxTokens: 24 } });
    const engines = { ...test16k.engines, decode };
    const recognizer = createRecognizer({ ...test16k.parts, engines });
    const halved = await transcribeAll({ ...test16k, recognizer }, source, { raw });
    expect(halved.statistics.windows).toBeGreaterThan(whole.statistics.windows);
    expect(halved.words.length).toBeGreaterThan(24);
    expect(wordErrorRate(whole.text, halved.text)).toBeLessThan(0.25);
    let last = 0;
    for (const { from, to } of halved.words) {
      expect(from).toBeGreaterThanOrEqual(last);
      last = to;
    }
  });

  test("stops at once when it is cancelled, and when its reader leaves", async () => {
    const { source, raw } = rawSource(audio);
    const abort = new AbortController();
    const running = transcribeAll(test16k, source, { raw }, abort.signal);
    await until(() => test16k.engines.status().some((engine) => engine.running > 0));
    abort.abort();
    expect(await running.catch((thrown: unknown) => thrown)).toMatchObject({ code: "cancelled" });
    expect(test16k.engines.status()[0]?.queued.file).toBe(0);

    const { model, recognizer } = test16k;
    const options = {
      model,
      raw,
      task: "transcribe",
      words: true,
      segments: true,
      channels: "mono",
      client: "leaver",
    } as const;
    for await (const event of recognizer.transcribe(source, options)) if (event.type === "segment") break;
    expect(test16k.engines.status()[0]?.queued.file).toBe(0);
    await until(() => test16k.engines.status()[0]?.running === 0);
  });

  test("is read no further ahead than the windows in flight need", async () => {
    const sentence = join16k(...said.slice(0, 5));
    const length = sentence.length / SAMPLE_RATE;
    const blocks = Math.ceil(300 / length);
    let done = 0;
    let furthest = 0;
    async function* dense() {
      for (let made = 1; made <= blocks; made++) {
        furthest = Math.max(furthest, made * length - done);
        yield [sentence.slice()];
      }
    }
    const media = {
      channels: 1,
      format: "made",
      duration: blocks * length,
      blocks: dense(),
      repaired: 0,
      close: () => Promise.resolve(),
    };
    const recognizer = createRecognizer({ ...test16k.parts, openMedia: () => Promise.resolve(media) });
    const { model } = test16k;
    const options = {
      model,
      task: "transcribe",
      words: false,
      segments: false,
      channels: "mono",
      client: "dense",
    } as const;
    for await (const event of recognizer.transcribe({ bytes: new Uint8Array() }, options))
      if (event.type === "progress") done = event.done;
    expect(done).toBeCloseTo(blocks * length, 6);
    // Three windows in flight, two that come together, and one that is being heard; later ones may be done before the first.
    expect(furthest).toBeLessThan(0.75 * blocks * length);
  }, 120_000);

  test("of ten hours of silence is nothing, and nothing is kept of it", async () => {
    const block = 10 * SAMPLE_RATE;
    let most = 0;
    async function* silence() {
      for (let made = 0; made < 3600; made++) {
        yield [new Float32Array(block)];
        if (made % 600 > 0) continue;
        Bun.gc(true);
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
    }
    const media = {
      channels: 1,
      format: "made",
      duration: 36_000,
      blocks: silence(),
      repaired: 0,
      close: () => Promise.resolve(),
    };
    const recognizer = createRecognizer({ ...test16k.parts, openMedia: () => Promise.resolve(media) });
    const { transcript, segments } = await transcribeAll({ ...test16k, recognizer }, { bytes: new Uint8Array() });
    expect(segments).toEqual([]);
    expect(transcript.duration).toBe(36_000);
    // Ten hours are 2.3 GB.
    expect(most).toBeLessThan(100e6);
  }, 120_000);
});

describe("several channels", () => {
  const left = pcmOf(spoken[0] as string);
  const right = join16k(4, pcmOf(spoken[2] as string));
  const length = Math.max(left.length, right.length) / SAMPLE_RATE;
  const planes = [join16k(left, length - left.length / SAMPLE_RATE), right];

  test("apart: each has its own words and the file's time", async () => {
    const { source, raw } = rawSource(...planes);
    const { transcript, events } = await transcribeAll(test16k, source, { raw, channels: "separate" });
    const texts = transcript.channels.map(({ segments }) => wordsOf(segments.map(({ text }) => text).join("")));
    expect(texts).toEqual(["you don't mean that you thought me so silly", "the egyptian background of the bondage"]);
    expect(transcript.channels[1]?.segments[0]?.from).toBeGreaterThan(4);
    expect(new Set(events.flatMap((event) => (event.type === "segment" ? [event.channel] : [])))).toEqual(
      new Set([0, 1]),
    );
  });

  test("mixed: one channel has both", async () => {
    const { source, raw } = rawSource(...planes);
    const { transcript, text } = await transcribeAll(test16k, source, { raw });
    expect(transcript.channels).toHaveLength(1);
    expect(wordsOf(text)).toContain("silly the egyptian background");
  });
});

describe("what is no speech has no text", () => {
  const seconds = 6 * SAMPLE_RATE;
  let seed = 1;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647 - 0.5;
  };
  const tones = (hz: number) =>
    Float32Array.from({ length: seconds }, (_, i) => 0.4 * Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE));
  const signals: [name: string, pcm: Float32Array][] = [
    ["silence", new Float32Array(seconds)],
    ["white noise", Float32Array.from({ length: seconds }, random)],
    ["faint noise", Float32Array.from({ length: seconds }, () => random() / 1000)],
    ["a tone", tones(440)],
    ["hum", tones(50)],
    ["clicks", Float32Array.from({ length: seconds }, (_, i) => (i % 4000 === 0 ? 1 : 0))],
    ["0.02 s", new Float32Array(320).fill(0.1)],
    ["one sample", new Float32Array(1).fill(0.5)],
  ];
  test.each(signals)("%s", async (_, pcm) => {
    const { source, raw } = rawSource(pcm);
    const { segments, transcript } = await transcribeAll(test16k, source, { raw });
    expect(segments).toEqual([]);
    expect(transcript.duration).toBeCloseTo(pcm.length / SAMPLE_RATE, 6);
  });

  // Music and laughter too, where the large data folder is there. A film needs ffmpeg.
  const sounds = clips("nonspeech").filter(({ path }) => !path.endsWith(".mp4"));
  test.each(sounds.map(({ path, file }) => [path, file]))("%s", async (_, file) => {
    expect((await transcribeAll(test16k, { path: file })).segments).toEqual([]);
  });
});

describe("bad input", () => {
  const bad = (bytes: Uint8Array) => transcribeAll(test16k, { bytes }).catch((thrown: unknown) => thrown);
  const header = async () =>
    await Bun.file((recording("containers_jfk/jfk.wav").source as { path: string }).path).bytes();

  test("is refused with what is wrong with it", async () => {
    const refusals: [Uint8Array, string][] = [
      [new Uint8Array(), "bad-audio"],
      [Buffer.from("This is a text, whatever its name says."), "bad-audio"],
      [(await header()).subarray(0, 20), "bad-audio"],
      [(await header()).subarray(0, 44), "bad-audio"],
    ];
    for (const [bytes, code] of refusals) {
      const error = await bad(bytes);
      expect(error).toBeInstanceOf(VerbatimError);
      expect(error).toMatchObject({ code });
    }
    const nowhere = await transcribeAll(test16k, { path: "/nowhere/at/all.wav" }).catch((thrown: unknown) => thrown);
    expect(nowhere).toBeInstanceOf(VerbatimError);
  });

  test("samples that are no numbers are silence, and counted", async () => {
    const pcm = join16k(pcmOf(spoken[0] as string), 1);
    pcm.fill(Number.NaN, pcm.length - 8000);
    const { source, raw } = rawSource(pcm);
    const { text, statistics } = await transcribeAll(test16k, source, { raw });
    expect(wordsOf(text)).toBe("you don't mean that you thought me so silly");
    expect(statistics.repaired).toBe(8000);
  });

  test("an unknown language, and one that the model does not know, are refused before the audio is opened", async () => {
    const { source } = recording(spoken[0] as string);
    const parts = { ...test16k.parts, openMedia: () => Promise.reject(new Error("opened")) };
    const closed = { ...test16k, recognizer: createRecognizer(parts) };
    expect(await transcribeAll(closed, source, { language: "xx" }).catch((thrown: unknown) => thrown)).toMatchObject({
      code: "bad-parameter",
    });
    const german = await transcribeAll(closed, source, { language: "de" }).catch((thrown: unknown) => thrown);
    expect(german).toMatchObject({
      code: "language-unsupported",
      message: expect.stringContaining("verbatim models pull"),
    });
  });
});
