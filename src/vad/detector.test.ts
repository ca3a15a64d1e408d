import { afterAll, afterEach, beforeAll, describe, expect, mock, spyOn, test } from "bun:test";
import { clip } from "../../test/data.ts";
import { startDetector } from "./detector.ts";
import { defaultRegions, regions } from "./regions.ts";
import { FRAME_SAMPLES, type SpeechDetector, type SpeechStream } from "./speech.ts";

const RATE = 16_000;

/** Real speech: 11 s of 16-bit PCM at 16 kHz after a header of 78 bytes. */
const wav = await Bun.file(clip("containers_jfk/jfk.wav").file).arrayBuffer();
const speech = Float32Array.from(new Int16Array(wav.slice(78)), (sample) => sample / 32768);

/** The same numbers in every run. */
function noise(seconds: number, level: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: seconds * RATE }, () => {
    seed = (seed * 48271) % 2147483647;
    return level * (2 * (seed / 2147483647) - 1);
  });
}

/** Chords of four partials that change twice a second. */
function music(seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * RATE }, (_, i) => {
    const chord = Math.floor((2 * i) / RATE) % 4;
    const root = 220 * 2 ** (([0, 5, 7, 3][chord] as number) / 12);
    let sum = 0;
    for (const ratio of [1, 1.26, 1.5, 2]) sum += Math.sin((2 * Math.PI * root * ratio * i) / RATE);
    return 0.1 * sum;
  });
}

/** Pushes pieces of so many samples, each before the last is answered, and joins the answers. */
async function push(stream: SpeechStream, pcm: Float32Array, size: number): Promise<Float32Array> {
  const pieces: Promise<Float32Array>[] = [];
  for (let at = 0; at < pcm.length; at += size) pieces.push(stream.push(pcm.subarray(at, at + size)));
  return new Float32Array(Bun.concatArrayBuffers(await Promise.all(pieces)));
}

function furthest(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}

/** Batches of other sizes add up in another order: a few of the last bits may differ. */
const SAME = 1e-5;

let detector: SpeechDetector;
let whole: Float32Array;

beforeAll(async () => {
  detector = await startDetector();
  whole = await detector.open().push(speech);
});

afterAll(() => detector.close());

describe("the detector", () => {
  test("hears speech, and where it is", () => {
    expect(whole.length).toBe(Math.floor(speech.length / FRAME_SAMPLES));
    const found = regions(whole, speech.length / RATE, { ...defaultRegions, padMs: 100 });
    const spoken = found.reduce((sum, { from, to }) => sum + to - from, 0);
    expect(spoken).toBeGreaterThan(6);
    expect(spoken).toBeLessThan(10);
    // "And so … my fellow Americans … ask not": there are pauses, and the first word starts at 0.3 s.
    expect(found.length).toBeGreaterThan(2);
    expect(found[0]?.from).toBeLessThan(0.4);
  });

  test("hears none in silence, noise, a tone and music", async () => {
    const tone = Float32Array.from({ length: 5 * RATE }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / RATE));
    for (const pcm of [new Float32Array(5 * RATE), noise(5, 0.001), noise(5, 0.3), tone, music(10)]) {
      const probabilities = await detector.open().push(pcm);
      expect(probabilities.every((probability) => probability >= 0 && probability <= 1)).toBe(true);
      expect(regions(probabilities, pcm.length / RATE)).toEqual([]);
    }
  });

  test("gives the same answers however the audio is cut", async () => {
    for (const size of [320, 512, 100, 1600, 48_000]) {
      expect(furthest(await push(detector.open(), speech, size), whole)).toBeLessThan(SAME);
    }
  });

  test("keeps streams apart, a hundred at once", async () => {
    const offsets = Array.from({ length: 100 }, (_, i) => i * 700);
    const alone: Float32Array[] = [];
    for (const offset of offsets) alone.push(await detector.open().push(speech.subarray(offset, offset + 3 * RATE)));
    const streams = offsets.map(() => detector.open());
    const together = await Promise.all(
      streams.map((stream, i) => push(stream, speech.subarray(i * 700, i * 700 + 3 * RATE), 320 + (i % 5) * 64)),
    );
    for (const [i, probabilities] of together.entries())
      expect(furthest(probabilities, alone[i] as Float32Array)).toBeLessThan(SAME);
    for (const stream of streams) stream.close();
  });

  test("goes on giving the same answers when its memory is used again", async () => {
    const [slow, quick] = [detector.open(), detector.open()];
    const late: Promise<Float32Array>[] = [];
    const answers: Float32Array[] = [];
    for (let at = 0; at < 3 * RATE; at += 320) {
      late.push(slow.push(speech.subarray(at, at + 320)));
      answers.push(await quick.push(speech.subarray(at, at + 320)));
    }
    for (const own of [answers, await Promise.all(late)])
      expect(furthest(new Float32Array(Bun.concatArrayBuffers(own)), whole.subarray(0, 93))).toBeLessThan(SAME);
  });

  test("a push that completes no frame answers with nothing", async () => {
    const stream = detector.open();
    expect((await stream.push(new Float32Array())).length).toBe(0);
    expect((await stream.push(speech.subarray(0, 511))).length).toBe(0);
    expect((await stream.push(speech.subarray(511, 512))).length).toBe(1);
  });

  test("the caller's array may change right after the push", async () => {
    const stream = detector.open();
    const copy = speech.slice();
    const answer = stream.push(copy);
    copy.fill(0.9);
    expect(furthest(await answer, whole)).toBeLessThan(SAME);
  });

  test("a reset stream is as new, and what was pushed before is still answered", async () => {
    const stream = detector.open();
    const before = stream.push(speech.subarray(0, 40_000));
    stream.reset();
    const after = stream.push(speech);
    expect(furthest(await before, whole.subarray(0, Math.floor(40_000 / FRAME_SAMPLES)))).toBeLessThan(SAME);
    expect(furthest(await after, whole)).toBeLessThan(SAME);
  });

  test("broken samples do not spoil what follows", async () => {
    const stream = detector.open();
    const broken = speech.slice(0, 2 * RATE);
    broken[1000] = Number.NaN;
    broken[2000] = Number.POSITIVE_INFINITY;
    broken.fill(Number.NaN, 3000, 3100);
    const probabilities = await push(stream, broken, 320);
    expect(probabilities.every((probability) => probability >= 0 && probability <= 1)).toBe(true);
    expect(Math.max(...(await stream.push(speech)))).toBeGreaterThan(0.9);
  });

  test("long silence between words changes nothing that matters", async () => {
    const stream = detector.open();
    const quiet = await stream.push(new Float32Array(60 * RATE));
    expect(Math.max(...quiet)).toBeLessThan(0.2);
    // Even the memory of another beginning fades only slowly: probabilities differ by 0.15 here when the network never rests.
    expect(furthest(await stream.push(speech), whole)).toBeLessThan(0.2);
  });

  test("live audio is answered while a long file is not done", async () => {
    const file = detector.open();
    const order: string[] = [];
    const long = new Float32Array(10 * 60 * RATE);
    for (let at = 0; at + speech.length <= long.length; at += speech.length) long.set(speech, at);
    const done = file.push(long).then(() => order.push("file"));
    const live = detector.open();
    for (let i = 0; i < 10; i++) {
      await live.push(speech.subarray(i * 512, (i + 1) * 512));
      order.push("live");
    }
    await done;
    expect(order).toEqual([...Array(10).fill("live"), "file"]);
  });

  test("a closed stream gives up its work and takes no more; the others go on", async () => {
    const stream = detector.open();
    const other = detector.open();
    const long = stream.push(new Float32Array(60 * RATE).map((_, i) => speech[i % speech.length] as number));
    const kept = other.push(speech);
    stream.close();
    await expect(long).rejects.toMatchObject({ code: "cancelled" });
    await expect(stream.push(speech)).rejects.toMatchObject({ code: "cancelled" });
    stream.close();
    expect(furthest(await kept, whole)).toBeLessThan(SAME);
  });
});

describe("the thread", () => {
  /** Starts a detector and keeps hold of its threads. */
  async function startObserved(): Promise<{ detector: SpeechDetector; threads: Worker[] }> {
    const threads: Worker[] = [];
    const Real = globalThis.Worker;
    spyOn(globalThis, "Worker").mockImplementation(((...args: ConstructorParameters<typeof Worker>) => {
      const thread = new Real(...args);
      threads.push(thread);
      return thread;
    }) as never);
    return { detector: await startDetector(), threads };
  }

  afterEach(() => {
    mock.restore();
  });

  /** A message that no detector sends: the thread dies of it, as it would of any error. */
  const poison = { type: "push", id: 0, ticket: 0, pcm: null };
  const minute = new Float32Array(60 * RATE).map((_, i) => speech[i % speech.length] as number);

  test("that dies is replaced, and what it had not answered is answered", async () => {
    const { detector: own, threads } = await startObserved();
    const stream = own.open();
    const answer = stream.push(minute);
    threads[0]?.postMessage(poison);
    expect((await answer).length).toBe(minute.length / FRAME_SAMPLES);
    expect(threads.length).toBe(2);
    stream.reset();
    expect(furthest(await stream.push(speech), whole)).toBeLessThan(SAME);
    await own.close();
  });

  test("that dies of the same push twice is not given it a third time; the next push works", async () => {
    const { detector: own, threads } = await startObserved();
    const failure = own
      .open()
      .push(minute)
      .catch((thrown) => thrown);
    threads[0]?.postMessage(poison);
    while (threads.length < 2) await Bun.sleep(1);
    threads[1]?.postMessage(poison);
    expect(await failure).toMatchObject({ code: "internal" });
    expect(furthest(await own.open().push(speech), whole)).toBeLessThan(SAME);
    expect(threads.length).toBe(3);
    await own.close();
  });

  test("gets what many streams push at one time in few messages", async () => {
    const { detector: own, threads } = await startObserved();
    const messages = spyOn(threads[0] as Worker, "postMessage");
    const streams = Array.from({ length: 200 }, () => own.open());
    for (let at = 0; at < RATE; at += 512)
      await Promise.all(streams.map((stream) => stream.push(speech.subarray(at, at + 512))));
    expect(messages.mock.calls.length).toBeLessThan(100);
    await own.close();
  });

  test("that cannot start says why", async () => {
    await expect(startDetector({ runtimeFolder: "/nowhere" })).rejects.toThrow(
      "ONNX Runtime cannot be loaded from /nowhere",
    );
    await expect(startDetector({ model: new Uint8Array(100) })).rejects.toThrow("not Silero");
  });

  test("ends with the detector, and its work with it", async () => {
    const own = await startDetector();
    const stream = own.open();
    const answer = stream.push(speech);
    const failure = answer.catch((thrown) => thrown);
    await own.close();
    expect(await failure).toMatchObject({ code: "shutting-down" });
    await expect(stream.push(speech)).rejects.toMatchObject({ code: "shutting-down" });
    expect(() => own.open()).toThrow("closed");
    stream.close();
    await own.close();
  });
});
