/** What the tests of items share: items whose ids are told as A, B, C, and the events of a session that heard these words. */
import type { ChannelEvent } from "../../../recognizer/live/events.ts";
import type { Token, Word } from "../../../text/transcript.ts";
import { Items, type ItemsOwner } from "./items.ts";

type Said = { type: string; [field: string]: unknown };

/** Items whose ids are told as A, B, C in the order of their appearance. */
export function open(own: Partial<ItemsOwner> = {}) {
  const said: Said[] = [];
  const names = new Map<string, string>();
  const named = (text: string) =>
    text.replace(/item_[0-9a-f]{32}/g, (id) => {
      if (!names.has(id)) names.set(id, String.fromCharCode(65 + names.size));
      return `item_${names.get(id)}`;
    });
  const owner: { -readonly [Key in keyof ItemsOwner]: ItemsOwner[Key] } = {
    prefix: 300,
    wantsLogprobs: false,
    isLive: false,
    shape: "ga",
    say: (type, fields) => said.push(JSON.parse(named(JSON.stringify({ type, ...fields })))),
    ...own,
  };
  const items = new Items(owner);
  const take = (...events: ChannelEvent[]) => {
    for (const event of events) items.take({ ...event, channel: 0, sequence: 0, at: 0 });
  };
  const lines = () =>
    said.splice(0).map(({ type, item_id, item, ...rest }) => {
      const short = type.replace("conversation.item.input_audio_transcription.", "").replace(/^.*\.(?=\w+$)/, "");
      const of = (item_id as string) ?? (item as { id?: string } | undefined)?.id;
      const more = rest.delta ?? rest.transcript ?? rest.audio_start_ms ?? rest.audio_end_ms;
      return [short, of?.slice(5), more].filter((part) => part !== undefined).join(" ");
    });
  return { items, take, said, lines, owner };
}

const tokens = (text: string): Token[] =>
  (text.match(/ ?[^ ]+/g) ?? []).map((piece, id) => ({
    id,
    bytes: new TextEncoder().encode(piece),
    logProbability: -0.5,
  }));
const words = (text: string): Word[] =>
  text
    .trim()
    .split(" ")
    .filter(Boolean)
    .map((word, i) => ({ text: word, from: i, to: i + 1, confidence: 1 }));
const segment = (text: string) => ({
  text,
  from: 0,
  to: 1,
  words: words(text),
  tokens: tokens(text),
  temperature: 0,
  averageLogProbability: 0,
  noSpeechProbability: 0,
  compressionRatio: 1,
  windowStart: 0,
});

export const started = (utterance: number, from = 1, heldFrom = 0.5): ChannelEvent => ({
  type: "speech-started",
  utterance,
  from,
  heldFrom,
});
export const ended = (utterance: number, endpointAt = 3, isDiscarded = false): ChannelEvent => ({
  type: "speech-ended",
  utterance,
  to: endpointAt,
  spokenTo: endpointAt - 0.2,
  endpointAt,
  isDiscarded,
});
export const final = (utterance: number, ...texts: string[]): Extract<ChannelEvent, { type: "final" }> => ({
  type: "final",
  utterance,
  from: 0,
  to: 1,
  text: texts.join(""),
  words: texts.flatMap(words),
  segments: texts.filter(Boolean).map(segment),
  reason: "endpoint",
  endsUtterance: true,
  language: "en",
});
export const piece = (utterance: number, text: string): ChannelEvent => ({
  ...final(utterance, text),
  reason: "length",
  endsUtterance: false,
});
export const partial = (utterance: number, text: string, settled: number): ChannelEvent => ({
  type: "partial",
  utterance,
  from: 0,
  to: 1,
  text,
  words: words(text),
  tokens: tokens(text).map((token) => [token]),
  settled,
});
export const finalized = (utterance: number, to = 3): ChannelEvent => ({ type: "finalized", utterance, to });
export const discarded = (utterance: number): ChannelEvent => ({ type: "discarded", utterance, to: 1 });
