import { expect, test } from "bun:test";
import type { ChannelEvent, SessionEvent } from "../../../recognizer/live/events.ts";
import { Redaction } from "../../../text/formatting/redact.ts";
import type { StreamFacts } from "./messages.ts";
import { Teller } from "./teller.ts";

const facts: StreamFacts = {
  requestId: "id",
  created: new Date(0),
  model: { uuid: "uuid", name: "name", version: "1", arch: "whisper" },
  shape: { punctuated: true, languages: false },
  search: [],
  extra: {},
  tags: [],
  warnings: [],
};

function open(redaction?: Redaction) {
  const told: Record<string, unknown>[] = [];
  const formatting = { language: "en", ...(redaction ? { redaction } : {}) };
  const options = { interim: true, endpointing: true, vadEvents: true };
  const teller = new Teller(facts, options, formatting, (message) => told.push(JSON.parse(message)));
  const take = (channel: number, event: ChannelEvent, at: number) =>
    teller.take({ ...event, channel, sequence: 0, at } as SessionEvent);
  const transcripts = () =>
    told.flatMap(({ channel }) => {
      const { alternatives: [one] = [] } = channel as { alternatives?: { transcript: string }[] };
      return one ? [one.transcript] : [];
    });
  return { teller, told, take, transcripts };
}

function final(utterance: number, from: number, text: string): ChannelEvent {
  const words = text.split(" ").map((word, i) => ({ text: word, from: from + i, to: from + i + 1, confidence: 1 }));
  return {
    type: "final",
    utterance,
    from,
    to: from + words.length,
    text,
    words,
    segments: [],
    reason: "endpoint",
    endsUtterance: true,
    language: "en",
  };
}

test("each channel hides what is its own: a number that goes on after another channel has spoken stays hidden", () => {
  const { teller, take, transcripts } = open(new Redaction(["credit-card"], { live: true }));
  teller.grow(2);
  take(0, final(0, 0, "My card is 4111 1111"), 5);
  take(1, final(0, 0, "I listen."), 5);
  take(0, final(1, 6, "7 is the next."), 10);
  const [first = "", second, third = ""] = transcripts();
  expect(first).not.toContain("1111");
  expect(second).toBe("I listen.");
  expect(third.replace(/\[[A-Z_]+\d+\]/g, "")).not.toMatch(/[0-9]/);
});

test("channels grow, and every message says how many there are", () => {
  const { teller, told, take } = open();
  teller.grow(1);
  take(0, { type: "opened", format: "webm", channels: 2 }, 0);
  take(1, final(0, 0, "Hello."), 1);
  teller.grow(1);
  teller.end(1);
  expect(told).toMatchObject([
    { type: "Results", channel_index: [1, 2] },
    { type: "Results", channel_index: [0, 2], is_final: true },
    { type: "Metadata", channels: 2, duration: 1 },
  ]);
});

test("an utterance has one id, its successor another", () => {
  const { teller, told, take } = open();
  teller.grow(1);
  const words = [{ text: "Hello.", from: 0, to: 1, confidence: 1 }];
  take(0, { type: "partial", utterance: 0, from: 0, to: 1, text: "", words, tokens: [], settled: 0 }, 1);
  take(0, final(0, 0, "Hello."), 1);
  take(0, final(1, 2, "Bye."), 3);
  const [interim, first, second] = told.map(({ utterance_id }) => utterance_id);
  expect(interim).toBe(first);
  expect(second).not.toBe(first);
});
