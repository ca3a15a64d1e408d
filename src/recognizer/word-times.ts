/** When each word was said, in audio time. docs/word-times.md says how the method was chosen. */
import type { DecodedToken } from "../engine/job.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import type { TokenWord } from "../text/words.ts";
import type { Region } from "../vad/speech.ts";
import type { HeardWindow } from "./listener.ts";
import { toAudioSpan } from "./packing.ts";

/** Seconds by which the VAD hears a word late: its first consonant may be silent. */
const ONSET = 0.03;
/** The last word before a silence lasts as long as the speech does, but by no more than this (seconds) longer than it seemed. */
const LINGERS = 0.5;

export interface TimedWord extends TokenWord {
  from: number;
  to: number;
  confidence: number;
}

/**
 * Places words. They keep their order and never lie in a silence: what the path gives them of one is cut off. The path ends a
 * sentence's last word early, where the decoder begins to look for the full stop; such a word ends where the speech does. None begins before
 * `after` (seconds).
 */
export function timeWords(
  words: readonly TokenWord[],
  heard: Pick<HeardWindow, "window" | "voiced">,
  after = 0,
): TimedWord[] {
  const stretches = heard.voiced.map(({ from, to }) => ({ from: from / SAMPLE_RATE - ONSET, to: to / SAMPLE_RATE }));
  const placed = words.map((word) => {
    const tokens = word.spoken.length > 0 ? word.spoken : word.tokens;
    const span = toAudioSpan(heard.window, tokens[0]?.from ?? 0, tokens.at(-1)?.to ?? 0);
    return { word, tokens, span, home: homeOf(span, stretches) };
  });
  let earliest = after;
  return placed.map(({ word, tokens, span, home }, i) => {
    const next = placed[i + 1];
    const isLast = next === undefined || (next.home !== undefined && next.home !== home);
    const from = Math.max(earliest, span.from, home?.from ?? 0);
    const end = isLast ? span.to + LINGERS : span.to;
    const to = Math.max(from, home === undefined ? span.to : Math.min(end, home.to));
    earliest = to;
    return { ...word, from, to, confidence: confidence(tokens) };
  });
}

/** The stretch of speech in which most of a span lies. */
function homeOf(span: Region, stretches: readonly Region[]): Region | undefined {
  let home: Region | undefined;
  let most = 0;
  for (const stretch of stretches) {
    const overlap = Math.min(stretch.to, span.to) - Math.max(stretch.from, span.from);
    if (overlap <= most) continue;
    most = overlap;
    home = stretch;
  }
  return home;
}

/** Geometric mean of the probabilities of the tokens that are spoken. */
function confidence(tokens: readonly DecodedToken[]): number {
  return Math.exp(tokens.reduce((sum, { logp }) => sum + logp, 0) / Math.max(1, tokens.length));
}
