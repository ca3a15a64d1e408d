import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Segment, Token, Transcript, Word } from "../../text/transcript.ts";
import { type ReplyShape, reply } from "./reply.ts";
import { Deltas, doneEvent } from "./stream.ts";

const golden = (name: string) => readFileSync(join(import.meta.dir, "golden", `${name}.golden`), "utf8");
/** A recorded JSON body without the spaces that Python's json puts between tokens; 2.0 is 2 to JSON. */
const recorded = (name: string) => JSON.stringify(JSON.parse(golden(name)));

const token = (text: string, logProbability = -0.5, id = 1): Token => ({
  id,
  bytes: Buffer.from(text),
  logProbability,
});
const ids = (...numbers: number[]) => numbers.map((id) => token("x", 0, id));

function segment(from: number, to: number, text: string, more: Partial<Segment> = {}): Segment {
  return {
    text,
    from,
    to,
    words: [],
    tokens: [],
    temperature: 0,
    averageLogProbability: -0.5,
    noSpeechProbability: 0,
    compressionRatio: 1,
    windowStart: 0,
    ...more,
  };
}

function transcript(segments: Segment[], more: Partial<Transcript> = {}): Transcript {
  return {
    channels: [{ segments }],
    language: "en",
    duration: 1.7,
    task: "transcribe",
    model: "base.en-q8_0",
    ...more,
  };
}

const shape = (format: ReplyShape["format"], more: Partial<ReplyShape> = {}): ReplyShape => ({
  task: "transcribe",
  format,
  segments: format === "verbose_json",
  words: false,
  logprobs: false,
  ...more,
});

const hello = transcript([
  segment(0, 2, " Hello, world! This is a test.", {
    tokens: ids(50364, 2425, 11, 1002, 0, 639, 307, 257, 1500, 13, 50464),
    averageLogProbability: -0.5018765926361084,
    noSpeechProbability: 0.002052504802122712,
    compressionRatio: 29 / 35,
  }),
]);

const word = (text: string, from: number, to: number): Word => ({ text, from, to, confidence: 0.9 });

const helloWords = transcript([
  segment(0, 2, " Hello world, this is a test.", {
    words: [
      word("Hello", 0, 0.32),
      word("world,", 0.32, 0.62),
      word("this", 0.86, 0.88),
      word("is", 0.88, 1.02),
      word("a", 1.02, 1.14),
      word("test.", 1.14, 1.46),
    ],
    tokens: ids(50364, 2425, 1002, 11, 341, 307, 257, 1500, 13, 50464),
    temperature: 0.4,
    averageLogProbability: -0.5043297410011292,
    noSpeechProbability: 0.002052504802122712,
    compressionRatio: 28 / 34,
  }),
]);

describe("recorded replies", () => {
  test("json, verbose_json, verbose_json with words", () => {
    expect(reply(hello, shape("json"))).toEqual({ type: "application/json", body: recorded("hello.json") });
    expect(reply(hello, shape("verbose_json")).body).toBe(recorded("hello.verbose.json"));
    expect(reply(helloWords, shape("verbose_json", { words: true })).body).toBe(recorded("hello.words.verbose.json"));
  });

  test("text, srt, vtt, byte for byte", () => {
    for (const [format, file] of [
      ["text", "txt"],
      ["srt", "srt"],
      ["vtt", "vtt"],
    ] as const)
      expect(reply(hello, shape(format))).toEqual({ type: "text/plain; charset=utf-8", body: golden(`hello.${file}`) });
    const [first = "", second = ""] = golden("two-cues.srt")
      .split("\n")
      .filter((line) => line.length > 40);
    const two = transcript([segment(28, 33, ` ${first}`), segment(33, 41, ` ${second}`)]);
    expect(reply(two, shape("srt")).body).toBe(golden("two-cues.srt"));
  });

  test("the first deltas of a stream", () => {
    const deltas = new Deltas();
    const events = [" Hello", " world"].map((text) => deltas.next(segment(0, 1, text), shape("json")));
    expect(events.join("").replace(/^event: .*\r\n/gm, "")).toBe(golden("hello.deltas.sse"));
  });
});

describe("reply", () => {
  test("granularities decide which keys there are, not what they hold", () => {
    const keys = (more: Partial<ReplyShape>) =>
      Object.keys(JSON.parse(reply(helloWords, shape("verbose_json", more)).body));
    const [head, tail] = [["task", "language", "duration", "text"], ["usage"]];
    expect(keys({})).toEqual([...head, "segments", ...tail]);
    expect(keys({ segments: false, words: true })).toEqual([...head, "words", ...tail]);
    expect(keys({ segments: true, words: true })).toEqual([...head, "segments", "words", ...tail]);
  });

  test("silence is an empty reply in every format", () => {
    const silent = transcript([], { duration: 3 });
    expect(reply(silent, shape("json")).body).toBe('{"text":"","usage":{"type":"duration","seconds":3}}');
    expect(JSON.parse(reply(silent, shape("verbose_json", { words: true })).body)).toMatchObject({
      text: "",
      segments: [],
      words: [],
    });
    expect(reply(silent, shape("text")).body).toBe("\n");
    expect(reply(silent, shape("srt")).body).toBe("\n");
    expect(reply(silent, shape("vtt")).body).toBe("WEBVTT\n\n");
  });

  test("translations are in English and carry no usage", () => {
    const translated = transcript([segment(0, 2, " Hello.")], { language: "de", task: "translate" });
    expect(reply(translated, shape("json", { task: "translate" })).body).toBe('{"text":"Hello."}');
    const verbose = JSON.parse(reply(translated, shape("verbose_json", { task: "translate" })).body);
    expect(verbose).toMatchObject({ task: "translate", language: "english" });
    expect(verbose).not.toHaveProperty("usage");
  });

  test("ids run on, seek is the window, the language has a name", () => {
    const long = transcript([segment(0, 27, " a"), segment(28, 33, " b", { windowStart: 27 })], { language: "de" });
    const { segments, language } = JSON.parse(reply(long, shape("verbose_json")).body);
    expect(language).toBe("german");
    expect(segments.map(({ id, seek }: { id: number; seek: number }) => [id, seek])).toEqual([
      [0, 0],
      [1, 2700],
    ]);
  });

  test("words lose outer punctuation and keep what is spoken", () => {
    const texts = [
      '"Hello,"',
      "¿Qué?",
      "it's",
      "dogs'",
      "50%",
      "$5.",
      "C++",
      "A&B",
      "-",
      "...",
      "well-known",
      "再见。",
      "[Music]",
    ];
    const spoken = transcript([segment(0, 9, " x", { words: texts.map((text, i) => word(text, i, i + 1)) })]);
    const { words } = JSON.parse(reply(spoken, shape("verbose_json", { words: true })).body);
    expect(words.map((entry: { word: string }) => entry.word)).toEqual([
      "Hello",
      "Qué",
      "it's",
      "dogs",
      "50%",
      "$5",
      "C++",
      "A&B",
      "well-known",
      "再见",
      "Music",
    ]);
  });

  test("cues: times are rounded once, an arrow and line breaks cannot break them", () => {
    const odd = transcript([segment(59.9996, 3725.0004, " a --> b\n\n c "), segment(360_000, 360_001, " d")]);
    expect(reply(odd, shape("srt")).body).toBe(
      "1\n00:01:00,000 --> 01:02:05,000\na -> b c\n\n2\n100:00:00,000 --> 100:00:01,000\nd\n\n\n",
    );
  });

  test("no number is ever null", () => {
    const broken = transcript([
      segment(0, 1, " x", { averageLogProbability: Number.NaN, compressionRatio: Number.POSITIVE_INFINITY }),
    ]);
    expect(reply(broken, shape("verbose_json")).body).not.toContain("null");
  });

  test("logprobs are those of text tokens, with the bytes of a split character", () => {
    const [head, tail] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    const tokens = [
      token("[_BEG_]"),
      token(" Caf", -0.25),
      { id: 2, bytes: head, logProbability: -0.5 },
      { id: 3, bytes: tail, logProbability: -1 },
      token("<|2.00|>"),
      token("[_TT_100]"),
    ];
    const spoken = transcript([segment(0, 2, " Café", { tokens })]);
    expect(JSON.parse(reply(spoken, shape("json", { logprobs: true })).body)).toEqual({
      text: "Café",
      logprobs: [
        { token: " Caf", logprob: -0.25, bytes: [32, 67, 97, 102] },
        { token: "\ufffd", logprob: -0.5, bytes: [0xc3] },
        { token: "\ufffd", logprob: -1, bytes: [0xa9] },
      ],
      usage: { type: "duration", seconds: 2 },
    });
  });

  test("gpt-transcribe learns the language by its code", () => {
    expect(JSON.parse(reply(hello, shape("json", { model: "gpt-transcribe" })).body).languages).toEqual([
      { code: "en" },
    ]);
  });
});

describe("stream", () => {
  const data = (event: string | undefined) => JSON.parse(/^data: (.*)\r\n\r\n$/m.exec(event ?? "")?.[1] ?? "null");

  test("deltas add up to the text of the last event, whatever spaces the segments have", () => {
    const texts = ["  ", " One", " two. ", "", "\n Three", "  "];
    const segments = texts.map((text, i) => segment(i, i + 1, text));
    const deltas = new Deltas();
    const events = segments.flatMap((one) => deltas.next(one, shape("json")) ?? []);
    const done = data(doneEvent(transcript(segments), shape("json")));
    expect(events.map((event) => data(event).delta).join("")).toBe(done.text);
    expect(events).toHaveLength(3);
    expect(done).toEqual({
      type: "transcript.text.done",
      text: "One two. \n Three",
      usage: { type: "duration", seconds: 2 },
    });
  });

  test("the last event of verbose_json has what subtitles are made of; each delta has its logprobs", () => {
    const done = data(doneEvent(helloWords, shape("verbose_json", { words: true, logprobs: true })));
    expect(Object.keys(done)).toEqual([
      "type",
      "text",
      "logprobs",
      "language",
      "duration",
      "segments",
      "words",
      "usage",
    ]);
    const delta = data(
      new Deltas().next(segment(0, 1, " Hi", { tokens: [token(" Hi")] }), shape("json", { logprobs: true })),
    );
    expect(delta.logprobs).toHaveLength(1);
  });
});
