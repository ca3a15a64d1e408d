import { beforeEach, expect, test } from "bun:test";
import type { ChannelEvent } from "../../recognizer/live/events.ts";
import { Audience } from "./audience.ts";
import { Teller } from "./teller.ts";

const word = { text: "hi", from: 0, to: 0.5, confidence: 0.8 };
const partial: ChannelEvent = {
  type: "partial",
  utterance: 3,
  from: 0,
  to: 1,
  text: " hi",
  words: [word],
  tokens: [],
  settled: 0,
};
const final: ChannelEvent = {
  type: "final",
  utterance: 3,
  from: 0,
  to: 1,
  text: " hi",
  words: [word],
  segments: [],
  reason: "endpoint",
  endsUtterance: true,
  language: "en",
};

let heard: Record<string, Record<string, unknown>[]>;
let audience: Audience;
beforeEach(() => {
  heard = { page: [], original: [], other: [] };
  audience = new Audience();
  for (const [name, owner, isPage] of [
    ["page", "key:1", true],
    ["original", "key:1", false],
    ["other", "key:2", true],
  ] as const)
    audience.add({
      owner,
      isPage,
      socket: { send: (text) => heard[name]?.push(JSON.parse(String(text))), close: () => {} },
    });
});

function tell(
  event: ChannelEvent,
  { owner, transcribes = true }: { owner?: string; transcribes?: boolean } = {},
): void {
  const idOf = (utterance: number) => `vad-${utterance}`;
  const options = { audience, idOf, threshold: 0.4, tellsSpeech: true, transcribes, ...(owner ? { owner } : {}) };
  new Teller(options).take({ ...event, channel: 0, sequence: 0, at: 1 });
}

test("a partial is the page's, a final everybody's", () => {
  tell(partial);
  expect(heard.page).toMatchObject([
    { event: "transcription", text: "hi", is_final: false, confidence: 0.8, session_id: "vad-3", language: null },
  ]);
  expect(heard.other).toEqual(heard.page ?? []);
  expect(heard.original).toEqual([]);
  tell(final);
  expect(heard.original).toMatchObject([{ text: "hi", is_final: true, language: "en" }]);
});

test("what a client's own audio says is told to its key's sockets", () => {
  tell(final, { owner: "key:1" });
  expect([heard.page?.length, heard.original?.length, heard.other?.length]).toEqual([1, 1, 0]);
  // Where no key is wanted there are no strangers.
  tell(final, { owner: "address:127.0.0.1" });
  expect([heard.page?.length, heard.original?.length, heard.other?.length]).toEqual([2, 2, 1]);
});

test("speech, troubles, and what is not told", () => {
  tell({ type: "speech-started", utterance: 0, from: 0, heldFrom: 0 });
  tell({ type: "error", code: "engine-failed", message: "It broke.", utterance: 0 });
  tell({ ...final, text: " " } as ChannelEvent);
  tell(final, { transcribes: false });
  expect(heard.page).toMatchObject([
    { event: "speech_detected", confidence: 0.4, session_id: "vad-0" },
    { event: "error", error: "It broke.", status_code: 500, session_id: "vad-0" },
  ]);
  expect(heard.original).toEqual([]);
});
