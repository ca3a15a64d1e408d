import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Channel, Transcript, Word } from "../../../text/transcript.ts";
import { warningsOf } from "../warnings.ts";
import { readRecordingQuery } from "./parameters.ts";
import { type ReplyFacts, recordingReply } from "./reply.ts";

const golden = (name: string) => readFileSync(join(import.meta.dir, "../golden", `recording.${name}.golden`), "utf8");

const model = { id: "base.en-q8_0", path: "/models/base.en-q8_0.bin", size: 1, multilingual: true };

const word = (text: string, from: number, to: number, confidence: number, more: Partial<Word> = {}): Word => ({
  text,
  from,
  to,
  confidence,
  ...more,
});

function channel(words: Word[], more: Partial<Channel> = {}): Channel {
  const segment = {
    text: words.map(({ text }) => ` ${text}`).join(""),
    from: words[0]?.from ?? 0,
    to: words.at(-1)?.to ?? 0,
    words,
    tokens: [],
    temperature: 0,
    averageLogProbability: -0.5,
    noSpeechProbability: 0,
    compressionRatio: 1,
    windowStart: 0,
  };
  return { segments: words.length > 0 ? [segment] : [], ...more };
}

function transcript(channels: Channel[], more: Partial<Transcript> = {}): Transcript {
  return { channels, language: "en", duration: 17.566313, task: "transcribe", model: model.id, ...more };
}

/** The reply to a query, with ids as the golden files have them. */
async function reply(said: Transcript, query: string, more: Partial<ReplyFacts> = {}): Promise<string> {
  const asked = readRecordingQuery(new URLSearchParams(query));
  const body = await recordingReply(said, asked, {
    requestId: "<id>",
    created: new Date("2025-07-22T16:56:44.589Z"),
    sha256: "5324da68ede209a16ac69a38e8cd29cee4d754434a041166cda3a1f5e0b24566",
    model: { uuid: "<model>", info: { name: "general-nova-3", version: "2024-12-20.0", arch: "nova-3" } },
    warnings: warningsOf(asked, model, false),
    plain: false,
    ...more,
  });
  return body.replaceAll(/"id":"[0-9a-f-]{36}"/g, '"id":"<id>"');
}

const parsed = async (said: Transcript, query: string) => JSON.parse(await reply(said, query));

const yep = [
  word("Yep.", 5.52, 6.2400002, 0.923428),
  word("I", 6.96, 7.2799997, 0.577576),
  word("said", 7.28, 7.52, 0.905208),
  word("it", 7.52, 7.68, 0.997969),
  word("before,", 7.68, 8.08, 0.893304),
];

describe("golden replies", () => {
  test("formatted: words as recorded, and paragraphs without being asked for", async () => {
    expect(await reply(transcript([channel(yep)]), "smart_format=true")).toBe(golden("smart"));
  });

  test("bare: lower case, no punctuation, no punctuated_word; the older server's fields", async () => {
    expect(await reply(transcript([channel(yep)]), "", { plain: true })).toBe(golden("bare"));
  });

  test("speakers and utterances", async () => {
    const query = "diarize=true&punctuate=true&paragraphs=true&utterances=true&utt_split=0.7";
    expect(await reply(transcript([channel(yep)]), query)).toBe(golden("diarized"));
  });

  test("search, tags and extras", async () => {
    const said = transcript([channel([word("Epistemology.", 10.725, 11.485, 0.934896)])], { duration: 25.933313 });
    const query = "search=epistemology&search=zzz&tag=a&tag=b,c&extra=key:value:1&extra=other:1&extra=other:2";
    expect(await reply(said, query)).toBe(golden("search"));
  });

  test("channels with a language each", async () => {
    const said = transcript(
      [
        channel([word("Hello,", 0.5, 1, 0.9)], { language: "en", languageProbability: 0.75 }),
        channel([word("Hola.", 0.25, 1, 0.8)], { language: "es", languageProbability: 1 }),
      ],
      { language: "es", duration: 2 },
    );
    expect(await reply(said, "multichannel=true&detect_language=true&punctuate=true")).toBe(golden("multichannel"));
  });

  test("silence: every list is there and empty", async () => {
    const query = "smart_format=true&utterances=true&summarize=v2";
    expect(await reply(transcript([channel([])], { duration: 1 }), query)).toBe(golden("silence"));
  });
});

describe("what parameters change", () => {
  const spoken = (...texts: string[]) =>
    transcript([channel(texts.map((text, i) => word(text, i, i + 0.5, 0.9)))], { duration: texts.length });
  const textOf = async (said: Transcript, query: string) =>
    (await parsed(said, query)).results.channels[0].alternatives[0].transcript;

  test.each([
    ["numerals=true", ["nine", "hundred", "men"], "900 men"],
    ["punctuate=true&dictation=true", ["Hello", "comma", "you"], "Hello, you"],
    ["profanity_filter=true", ["Oh", "shit"], "oh ****"],
    ["replace=men:women", ["nine", "men"], "nine women"],
    ["replace=men", ["nine", "men"], "nine"],
    ["measurements=true&numerals=true", ["five", "milligrams"], "5 mg"],
    ["filler_words=true", ["Uh,", "no"], "uh no"],
    ["", ["Uh,", "no"], "no"],
    ["redact=ssn", "My social security number is 123-45-6789.".split(" "), "my social security number is [SSN_1]"],
    ["redact=numbers", ["Call", "5551234", "now"], "call [NUMBER_1] now"],
  ])("%s", async (query, texts, expected) => {
    expect(await textOf(spoken(...texts), query)).toBe(expected);
  });

  test("what is hidden is hidden everywhere", async () => {
    const said = spoken(..."My number is 123-45-6789.".split(" "));
    const query = "redact=ssn&smart_format=true&utterances=true&search=6789&search=number&summarize=v2&diarize=true";
    expect(await reply(said, query)).not.toMatch(/123-45|6789[^"]*"[^"]*snippet|"snippet":"[^"]*6789/);
  });

  test("languages of words, the most frequent first", async () => {
    const said = transcript([
      channel([
        word("Hola.", 0, 1, 0.9, { language: "es" }),
        word("Hello", 1, 2, 0.9, { language: "en" }),
        word("you.", 2, 3, 0.9, { language: "en" }),
      ]),
    ]);
    const [alternative] = (await parsed(said, "language=multi")).results.channels[0].alternatives;
    expect(alternative.languages).toEqual(["en", "es"]);
    expect(alternative.words.map((one: { language: string }) => one.language)).toEqual(["es", "en", "en"]);
    expect(Object.keys(alternative)).toEqual(["transcript", "confidence", "languages", "words"]);
  });

  test("utterances of all channels stand in order of time", async () => {
    const said = transcript([channel([word("two", 2, 3, 0.5)]), channel([word("one", 1, 2, 0.5)])]);
    const { utterances } = (await parsed(said, "multichannel=true&utterances=true")).results;
    expect(utterances.map((one: { channel: number; transcript: string }) => [one.channel, one.transcript])).toEqual([
      [1, "one"],
      [0, "two"],
    ]);
  });

  test("a text of 50 words has no summary", async () => {
    const words = Array.from({ length: 50 }, () => "word");
    const { results, metadata } = await parsed(spoken(...words), "summarize=v2&topics=true");
    expect(results.summary).toEqual({ result: "failure", short: "" });
    expect(metadata.warnings.map((one: { parameter: string }) => one.parameter)).toEqual(["topics", "summarize"]);
    // What is its own summary is a whole answer.
    const shorter = await parsed(spoken(...words.slice(1)), "summarize=v2&topics=true");
    expect(shorter.results.summary.result).toBe("success");
    expect(shorter.metadata.warnings).toMatchObject([{ parameter: "topics" }]);
  });

  test("numbers that could have decimals have one", async () => {
    const text = await reply(transcript([channel([word("a", 0, 1, 1)])], { duration: 3 }), "");
    expect(text).toContain('"duration":3.0,');
    expect(text).toContain('{"word":"a","start":0.0,"end":1.0,"confidence":1.0}');
  });

  test("confidence is the upper median", async () => {
    const said = transcript([channel([0.9, 0.1, 0.5, 0.7].map((confidence, i) => word("a", i, i + 1, confidence)))]);
    expect((await parsed(said, "")).results.channels[0].alternatives[0].confidence).toBe(0.7);
  });
});
