import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Redaction } from "../../../text/formatting/redact.ts";
import type { Word } from "../../../text/transcript.ts";
import { readControl } from "./control.ts";
import {
  configuredMessage,
  errorMessage,
  formatted,
  metadataMessage,
  notConfiguredMessage,
  type ResultsMessage,
  resultsMessage,
  type StreamFacts,
  speechStartedMessage,
  utteranceEndMessage,
} from "./messages.ts";

const golden = (name: string) => readFileSync(join(import.meta.dir, "../golden", `live.${name}.golden`), "utf8").trim();

const now = new Date("2026-08-25T21:11:31.685Z");
const facts: StreamFacts = {
  requestId: "01a07aad-cb1e-78c3-80ef-181d08b56576",
  created: now,
  model: {
    uuid: "40bd3654-e622-47c4-a111-63a61b23bfe8",
    name: "general-nova-3",
    version: "2025-04-17.21547",
    arch: "nova-3",
  },
  shape: { punctuated: true, languages: false },
  search: [],
  extra: {},
  tags: [],
  warnings: [],
};

const word = (text: string, from: number, to: number, confidence: number): Word => ({ text, from, to, confidence });
const paris = [
  word("Paris", 0, 0.39999998, 0.9223633),
  word("at", 0.4, 0.56, 0.9902344),
  word("a", 0.56, 0.64, 0.998),
  word("moment's", 0.64, 1.2, 0.97),
  word("notice.", 1.2, 1.7, 0.999),
];

function results(more: Partial<ResultsMessage["results"]>, words: Word[] = []): ResultsMessage {
  return {
    channel: 0,
    channels: 1,
    results: {
      type: "results",
      start: 0,
      end: 2.3,
      words,
      isFinal: true,
      speechFinal: true,
      fromFinalize: false,
      ...more,
    },
    words,
    utteranceId: "<utterance>",
    now,
  };
}

describe("a result is word for word as it was captured", () => {
  test("final, with speakers", () => {
    const spoken = { ...facts, shape: { ...facts.shape, speakers: "live" as const } };
    expect(resultsMessage(spoken, results({}, paris))).toBe(golden("final"));
  });

  test("interim, bare", () => {
    const words = paris.slice(0, 2).map((one) => ({ ...one, from: one.from + 2.3, to: one.to + 2.3 }));
    const bare = { ...facts, shape: { punctuated: false, languages: false } };
    const message = results({ start: 2.3, end: 3.3, isFinal: false, speechFinal: false }, words);
    expect(resultsMessage(bare, message)).toBe(golden("interim"));
  });

  test("without words, of the second channel", () => {
    const message = { ...results({ start: 9.6, end: 14.36, fromFinalize: true }), channel: 1, channels: 2 };
    expect(resultsMessage(facts, message)).toBe(golden("silence"));
  });

  test("with languages, a search and what the client wants back", () => {
    const more = {
      ...facts,
      search: ["amigo"],
      extra: { key: "value:1" },
      shape: { punctuated: true, languages: true },
    };
    const words = [word("Hola", 0.5, 1, 0.9), word("amigo", 1, 1.5, 0.8)];
    const message = results({ end: 2, speechFinal: false, language: "es" }, words);
    const spoken = formatted(message.results, { language: "en" });
    expect(resultsMessage(more, { ...message, words: spoken })).toBe(golden("languages"));
  });
});

test("other messages", () => {
  expect(speechStartedMessage({ channel: 0, channels: 1 }, 9.54)).toBe(golden("speech-started"));
  expect(utteranceEndMessage({ channel: 0, channels: 1 }, 2.395)).toBe(golden("utterance-end"));
  expect(metadataMessage(facts, { seconds: 44.259937, channels: 1 })).toBe(golden("metadata"));
  expect(configuredMessage(facts.requestId, ["Verbatim", "Elysia"])).toBe(golden("configured"));
  const refusal = { code: "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", description: "There are too many key terms." } as const;
  expect(notConfiguredMessage(facts.requestId, refusal)).toBe(golden("not-configured"));
});

test("metadata of a stream without audio, with all that it may hold", () => {
  const warnings = [
    {
      parameter: "diarize",
      type: "unsupported_feature",
      message: "Speakers are not told apart: all words are speaker 0's.",
    },
  ] as const;
  const more = { ...facts, tags: ["a"], extra: { key: "value:1" }, warnings };
  expect(metadataMessage(more, { seconds: 0, channels: 1 })).toBe(golden("metadata.silent"));
});

test("the complaint about a message", () => {
  const message = '{ "type": "KeepAlive "}';
  const control = readControl(message);
  const description = control.type === "misunderstood" ? control.description : "";
  expect(errorMessage({ variant: "SchemaError", description, message })).toBe(golden("schema-error"));
});

describe("words", () => {
  const said = [word("Call", 0, 1, 0.9), word("555-1234", 1, 2, 0.9), word("now.", 2, 3, 0.9)];
  const { results: final } = results({}, said);

  test("that are hidden have one label, in drafts and for good", () => {
    const options = { language: "en", redaction: new Redaction(["any-number"]) };
    const texts = (isFinal: boolean) => formatted({ ...final, isFinal }, options).map(({ text }) => text);
    expect(texts(false)).toEqual(["Call", "[NUMBER_1]", "now."]);
    expect(texts(true)).toEqual(["Call", "[NUMBER_1]", "now."]);
  });

  test("have the language that was heard", () => {
    expect(formatted({ ...final, language: "de" }, { language: "en" })[0]?.language).toBe("de");
    expect(formatted(final, { language: "en" })[0]?.language).toBeUndefined();
  });
});
