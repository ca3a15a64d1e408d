import { describe, expect, test } from "bun:test";
import { defaultSettings } from "../../config/load.ts";
import type { ChannelEvent, SessionEvent } from "../../recognizer/live/events.ts";
import type { Call } from "../call.ts";
import type { Services } from "../dialect.ts";
import { PcmLine } from "../pcm-line.ts";
import { ParakeetProtocol } from "./protocol.ts";

const model = { id: "base.en", path: "", size: 1, multilingual: false };
const final = (utterance: number, text: string): ChannelEvent => ({
  type: "final",
  utterance,
  text,
  from: 0,
  to: 1,
  words: [],
  segments: [],
  reason: "endpoint",
  endsUtterance: true,
  language: "en",
});
const ended = (utterance: number, isDiscarded = false): ChannelEvent => ({
  type: "speech-ended",
  utterance,
  to: 1,
  spokenTo: 1,
  endpointAt: 1.25,
  isDiscarded,
});
const partial = (text: string): ChannelEvent => ({
  type: "partial",
  utterance: 0,
  from: 0,
  to: 1,
  text,
  words: [],
  tokens: [],
  settled: 0,
});

/** What is told about some events. */
function told(events: readonly ChannelEvent[], partials = false): string[] {
  const messages: string[] = [];
  const services = { settings: defaultSettings() } as Services;
  const call: Call = { id: "1", client: "me", signal: new AbortController().signal, facts: {} };
  let protocol: ParakeetProtocol | undefined;
  const open = (line: PcmLine) => {
    protocol = new ParakeetProtocol(line, { partials });
    return protocol;
  };
  const line = new PcmLine(services, call, { dialect: "parakeet", model, open });
  line.opened({ send: (message) => messages.push(String(message)), close: () => {} });
  for (const [sequence, event] of events.entries())
    protocol?.hear({ ...event, channel: 0, sequence, at: 0 } as SessionEvent);
  return messages;
}

const QUEUED = '{"status":"queued"}';

describe("what Parakeet's clients are told", () => {
  test("queued, then the text", () => {
    expect(told([ended(0), final(0, " Hi there.")])).toEqual([
      QUEUED,
      '{"type":"final","text":"Hi there.","is_final":true}',
    ]);
  });

  test("queued once for each text, also with several under way, and where a long utterance is cut", () => {
    const types = told([ended(0), ended(1), final(0, "a"), final(1, "b"), final(2, "c"), ended(2)]);
    expect(types.map((one) => (one === QUEUED ? "queued" : JSON.parse(one).text))).toEqual([
      "queued",
      "queued",
      "a",
      "b",
      "queued",
      "c",
      "queued",
    ]);
  });

  test("nothing of what turned out to be silence", () => {
    expect(told([ended(0, true), final(1, "  ")])).toEqual([]);
  });

  test("partials where they are asked for, each text once", () => {
    expect(told([partial("so"), partial("so"), partial("")], true)).toEqual([
      '{"type":"partial","text":"so","is_final":false}',
    ]);
  });
});
