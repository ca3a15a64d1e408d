import { describe, expect, test } from "bun:test";
import { toJson } from "./json.ts";
import { toPlain } from "./plain.ts";
import type { Segment, Transcript } from "./transcript.ts";
import { toTsv } from "./tsv.ts";

const segment = (text: string, from: number, to: number): Segment => ({
  text,
  from,
  to,
  words: [],
  tokens: [{ id: 400, bytes: Buffer.from(text), logProbability: -0.1 }],
  temperature: 0,
  averageLogProbability: -0.23456,
  noSpeechProbability: 0.01,
  compressionRatio: 1.4,
  windowStart: 0,
});
const one: Transcript = {
  channels: [{ segments: [segment(" Hello there.", 0.5, 1.75), segment(" And\tyou.", 2, 3.0004)] }],
  language: "en",
  duration: 3.5,
  task: "transcribe",
  model: "base.en-q8_0",
};
const call: Transcript = {
  ...one,
  channels: [
    { segments: [segment(" Hello?", 0, 1), segment(" Anyone?", 1.5, 2), segment(" Good.", 4, 5)], language: "en" },
    { segments: [segment(" Yes.", 3, 3.5)], language: "de" },
  ],
};
const nothing: Transcript = { ...one, channels: [{ segments: [] }] };

describe("plain text", () => {
  test("one channel is one line", () => expect(toPlain(one)).toBe("Hello there. And\tyou.\n"));
  test("several take turns", () => expect(toPlain(call)).toBe("[1] Hello? Anyone?\n[2] Yes.\n[1] Good.\n"));
  test("nothing", () => {
    expect(toPlain(nothing)).toBe("\n");
    expect(toPlain({ ...call, channels: [{ segments: [] }, { segments: [] }] })).toBe("\n");
  });
});

describe("TSV", () => {
  test("one channel", () =>
    expect(toTsv(one)).toBe("start\tend\ttext\n500\t1750\tHello there.\n2000\t3000\tAnd you.\n"));
  test("several", () =>
    expect(toTsv(call).split("\n").slice(0, 3)).toEqual([
      "start\tend\ttext\tchannel",
      "0\t1000\tHello?\t1",
      "1500\t2000\tAnyone?\t1",
    ]));
  test("nothing", () => expect(toTsv(nothing)).toBe("start\tend\ttext\n"));
});

describe("JSON", () => {
  test("what the page in docs/ describes", async () => {
    const page = await Bun.file(`${import.meta.dir}/../../docs/transcript-json.md`).text();
    const example = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? "");
    const words = [{ text: "Hello", from: 0.5, to: 1.00049, confidence: 0.98765 }];
    const channels = [{ segments: [{ ...segment(" Hello there.", 0.5, 1.75), words }], language: "en" }];
    const json = toJson({ ...one, channels, languageProbability: 0.9 }, { file: "call.wav", words: true });
    const shape = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.slice(0, 1).map(shape)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
          : typeof value;
    expect(shape(json)).toEqual(shape(example));
    expect(json.channels[0]?.segments[0]?.words).toEqual([{ text: "Hello", from: 0.5, to: 1, confidence: 0.988 }]);
  });
  test("no key is there without a value", () => {
    const json = toJson(one, { file: "a.wav", words: false });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(Object.keys(json)).not.toContain("languageProbability");
    expect(json.text).toBe("Hello there. And\tyou.");
  });
});
