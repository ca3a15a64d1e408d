import { afterAll, afterEach, beforeAll, describe, expect, mock, setDefaultTimeout, spyOn, test } from "bun:test";
import { clip, clips } from "../../test/data.ts";
import { VerbatimError } from "../error.ts";
import { NativeMedia } from "../native/media.ts";
import { startWakeWords } from "./detector.ts";
import type { Heard, WakeWordDetector, WakeWordOptions, WakeWordStream } from "./wakeword.ts";
import { WAKE_WORDS } from "./words.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

const RATE = 16_000;

function read(file: string): Float32Array {
  using media = NativeMedia.fromFile(file);
  const [pcm] = media.read("mono", 60 * RATE);
  if (!pcm) throw new Error(`${file} is empty`);
  return pcm;
}

const pcmOf = (path: string) => read(clip(path).file);

function join(...parts: Float32Array[]): Float32Array {
  return new Float32Array(Bun.concatArrayBuffers(parts));
}

const second = new Float32Array(RATE);
const jarvis = pcmOf("wakewords_misc/rhasspy_hey_jarvis.wav");
const alexa = pcmOf("wakewords_misc/oww_alexa_test.flac");
const mycroft = pcmOf("wakewords_misc/oww_hey_mycroft_test.flac");
const rhasspy = pcmOf("wakewords_misc/rhasspy_hey_rhasspy.flac");
const jarvisAlone = pcmOf("wakewords_picovoice/jarvis_2a713afc-d208-4eab-9dc1-fcdd862d8db6.flac");
const speech = pcmOf("containers_jfk/jfk.wav");

let detector: WakeWordDetector;
beforeAll(async () => {
  detector = await startWakeWords();
});
afterAll(() => detector.close());

/** Pushes pieces of so many samples, each before the last is answered. */
async function push(stream: WakeWordStream, pcm: Float32Array, size = pcm.length): Promise<Heard[]> {
  const pieces: Promise<Heard[]>[] = [];
  for (let at = 0; at < pcm.length; at += size) pieces.push(stream.push(pcm.subarray(at, at + size)));
  return (await Promise.all(pieces)).flat();
}

async function hear(
  pcm: Float32Array,
  options: WakeWordOptions = { words: WAKE_WORDS },
  size?: number,
): Promise<Heard[]> {
  const stream = await detector.open(options);
  const heard = await push(stream, join(pcm, second), size);
  stream.close();
  return heard;
}

describe("a wake word", () => {
  test("is heard once, as the word it is, where it is said", async () => {
    const clips = { hey_jarvis: jarvis, alexa, hey_mycroft: mycroft, hey_rhasspy: rhasspy };
    for (const [word, pcm] of Object.entries(clips)) {
      const [heard, ...more] = await hear(join(second, pcm));
      expect(more).toEqual([]);
      expect(heard?.word).toBe(word);
      expect(heard?.score).toBeGreaterThan(0.5);
      expect(heard?.at).toBeGreaterThan(1.2);
      expect(heard?.at).toBeLessThan(1.5 + pcm.length / RATE);
    }
  });

  test("is heard right at the beginning of a stream", async () => {
    expect((await hear(alexa)).map(({ word }) => word)).toEqual(["alexa"]);
  });

  test("is not heard in other speech, in silence, or where another word is listened for", async () => {
    for (const pcm of [speech, join(second, second, second), new Float32Array(5 * RATE).fill(Number.NaN)])
      expect(await hear(pcm, { words: WAKE_WORDS, sensitivity: 0.7 })).toEqual([]);
    expect(await hear(jarvis, { words: ["alexa", "mycroft"] })).toEqual([]);
  });

  test("is heard by everybody who says all of it, and by nobody who says something else", async () => {
    // What the classifiers were made for; a bare "jarvis" is not (bench/WAKEWORDS.md).
    const words: Record<string, string> = {
      alexa: "alexa",
      "hey jarvis": "hey_jarvis",
      "hey mycroft": "hey_mycroft",
      "hey rhasspy": "hey_rhasspy",
    };
    const recordings = clips("wakewords_picovoice", "wakewords_misc").filter(
      ({ transcript }) => transcript !== "jarvis",
    );
    expect(recordings.length).toBeGreaterThanOrEqual(4);
    const heard = recordings.map(async ({ file, transcript }) => {
      const found = await hear(read(file), { words: WAKE_WORDS });
      return { file, word: words[transcript ?? ""], found: found.map(({ word }) => word) };
    });
    for (const { file, word, found } of await Promise.all(heard))
      expect({ file, found }).toEqual({ file, found: word ? [word] : [] });
  });

  test("answers to the name that was asked for; several are heard in one stream", async () => {
    const heard = await hear(join(jarvis, second, alexa, second, jarvisAlone), { words: ["Jarvis", "alexa"] });
    expect(heard.map(({ word }) => word)).toEqual(["Jarvis", "alexa", "Jarvis"]);
    const times = heard.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[1]).toBeGreaterThan(3);
  });

  test("that was told is not told again too soon", async () => {
    const twice = join(
      alexa,
      alexa.map(() => 0),
      alexa,
    );
    expect(await hear(twice, { words: ["alexa"], debounce: 30 })).toHaveLength(1);
    expect(await hear(join(alexa, second, second, alexa), { words: ["alexa"], debounce: 0.5 })).toHaveLength(2);
  });

  test("that is said by half is a matter of sensitivity", async () => {
    const half = join(jarvisAlone.subarray(0, 0.55 * jarvisAlone.length), second);
    const heard = (sensitivity: number) => hear(half, { words: ["jarvis"], sensitivity });
    expect(await heard(0.5)).toHaveLength(0);
    expect(await heard(0.7)).toHaveLength(1);
  });

  test("of another name is refused with those there are", async () => {
    const refused = detector.open({ words: ["alexa", "computer"] });
    expect(refused).rejects.toThrow(
      'There is no wake word "computer". Known: alexa, hey_jarvis, hey_mycroft, hey_rhasspy.',
    );
    await refused.catch((thrown) => expect((thrown as VerbatimError).code).toBe("bad-parameter"));
    expect(detector.open({ words: ["constructor"] })).rejects.toBeInstanceOf(VerbatimError);
    expect(detector.open({ words: [] })).rejects.toThrow("No wake word is named");
  });
});

describe("a stream", () => {
  test("hears the same however the audio is cut", async () => {
    const all = join(jarvis, second, alexa, speech, mycroft);
    const whole = await hear(all);
    expect(whole.length).toBe(3);
    for (const size of [160, 1000, 1280, 4096, 50_001]) expect(await hear(all, undefined, size)).toEqual(whole);
  });

  test("begins anew after a reset; what was pushed before it is still answered", async () => {
    const stream = await detector.open({ words: ["alexa"], debounce: 30 });
    const before = push(stream, join(second, alexa, second), 1000);
    stream.reset();
    const after = push(stream, join(second, alexa, second), 1000);
    expect(await before).toHaveLength(1);
    expect(await after).toEqual(await before);
    stream.close();
  });

  test("that is closed takes no more, and answers no more", async () => {
    const stream = await detector.open({ words: ["alexa"] });
    const unanswered = stream.push(speech);
    stream.close();
    stream.close();
    stream.reset();
    expect(unanswered).rejects.toThrow("The stream was closed.");
    expect(stream.push(second)).rejects.toThrow("The stream was closed.");
  });

  test("does not hold another one up: a long push advances in turns", async () => {
    const [long, live] = await Promise.all([detector.open({ words: ["alexa"] }), detector.open({ words: ["alexa"] })]);
    const answered: string[] = [];
    const file = long.push(join(...Array<Float32Array>(6).fill(speech))).then(() => answered.push("file"));
    const said = live.push(second).then(() => answered.push("live"));
    await Promise.all([file, said]);
    expect(answered).toEqual(["live", "file"]);
  });
});

describe("the thread", () => {
  const posted: Worker[] = [];
  afterEach(() => mock.restore());

  /** The workers that a detector starts; `done` is called with each. */
  function watchWorkers(done: (worker: Worker) => void = () => {}) {
    const original = globalThis.Worker;
    spyOn(globalThis, "Worker").mockImplementation(((url: URL) => {
      const worker = new original(url);
      posted.push(worker);
      done(worker);
      return worker;
    }) as never);
  }

  /** No model: the thread ends as it does of any error. (To terminate it inside a native call would end this process.) */
  function poison(worker: Worker | undefined) {
    worker?.postMessage({ type: "word", word: "alexa", names: {}, model: new Uint8Array(3) } as never);
  }

  test("is started again when it dies, and hears what was pushed", async () => {
    watchWorkers();
    const own = await startWakeWords();
    const stream = await own.open({ words: ["jarvis"] });
    await stream.push(second);
    const dying = stream.push(join(second, jarvis, second));
    poison(posted.at(-1));
    const [heard, ...more] = await dying;
    expect(more).toEqual([]);
    expect(heard?.word).toBe("jarvis");
    // Counted from the stream's beginning, not from the new thread's.
    expect(heard?.at).toBeGreaterThan(2.2);
    expect(posted.length).toBeGreaterThan(1);
    await own.close();
  });

  test("that dies of the same push twice is not given it a third time; the next push works", async () => {
    let deadly = false;
    watchWorkers((worker) => {
      if (deadly) queueMicrotask(() => poison(worker));
    });
    const own = await startWakeWords();
    const stream = await own.open({ words: ["jarvis"] });
    await stream.push(second);
    deadly = true;
    const dying = stream.push(join(...Array<Float32Array>(4).fill(speech)));
    poison(posted.at(-1));
    const failed = await dying.catch((thrown) => thrown as VerbatimError);
    expect(failed).toMatchObject({
      code: "internal",
      message: expect.stringContaining("The wake-word detector failed:"),
    });
    deadly = false;
    expect(await push(stream, join(second, jarvis, second))).toMatchObject([{ word: "jarvis" }]);
    await own.close();
  });

  test("ends with the detector; whoever waits is told", async () => {
    const own = await startWakeWords();
    const stream = await own.open({ words: ["jarvis"] });
    const waiting = stream.push(speech);
    await own.close();
    expect(waiting).rejects.toThrow("The wake-word detector is closed.");
    expect(stream.push(speech)).rejects.toThrow("The wake-word detector is closed.");
    expect(own.open({ words: ["jarvis"] })).rejects.toThrow("The wake-word detector is closed.");
  });

  test("models that are not there, or are others, are named", async () => {
    expect(startWakeWords({ modelsFolder: "/nonexistent" })).rejects.toThrow(
      "Wake words need openWakeWord's melspectrogram.onnx. /nonexistent does not have it.",
    );
  });
});
