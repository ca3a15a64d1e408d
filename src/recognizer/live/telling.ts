/** What was understood of an utterance → the events that say it. */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { Segment } from "../../text/transcript.ts";
import { toToken } from "../segments.ts";
import type { TimedWord } from "../word-times.ts";
import type { ChannelEvent } from "./events.ts";
import type { Final } from "./finals.ts";
import type { Guess } from "./partials.ts";

export function partialEvent(utterance: number, { span, words, settled }: Guess): ChannelEvent {
  return {
    type: "partial",
    utterance,
    from: span.from / SAMPLE_RATE,
    to: span.to / SAMPLE_RATE,
    text: words.map(({ text, spaced }) => (spaced ? ` ${text}` : text)).join(""),
    words: words.map(toWord),
    tokens: words.map(({ tokens }) => tokens.map(toToken)),
    settled,
  };
}

export function likelyEvent({ utterance }: Final, segments: Segment[]): ChannelEvent {
  const words = segments.flatMap((segment) => segment.words);
  const sum = words.reduce((total, { confidence }) => total + confidence, 0);
  return {
    type: "endpoint-likely",
    utterance,
    confidence: sum / Math.max(1, words.length),
    text: textOf(segments),
    words,
  };
}

export function finalEvent(
  { utterance, span, language }: Final,
  ending: NonNullable<Final["ending"]>,
  segments: Segment[],
): ChannelEvent {
  return {
    type: "final",
    utterance,
    from: span.from / SAMPLE_RATE,
    to: span.to / SAMPLE_RATE,
    text: textOf(segments),
    words: segments.flatMap((segment) => segment.words),
    segments,
    ...ending,
    language,
  };
}

function toWord({ text, from, to, confidence }: TimedWord) {
  return { text, from, to, confidence };
}

function textOf(segments: Segment[]): string {
  return segments.map(({ text }) => text).join("");
}
