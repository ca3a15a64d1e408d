/** A window's result → segments in audio time. */
import type { Decoded, DecodedToken } from "../engine/job.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { compressionRatio } from "../text/repeats.ts";
import { toSentences } from "../text/sentences.ts";
import type { Segment, Token } from "../text/transcript.ts";
import { textTokens, tokenBytes, tokenText } from "../text/words.ts";
import type { Window } from "./packing.ts";
import type { TimedWord } from "./word-times.ts";

/** One segment for the whole window, for those who want the text alone; none when nothing was said in it. */
export function toWholeSegment(window: Window, decoded: Decoded): Segment[] {
  const tokens = textTokens(decoded);
  if (tokens.length === 0) return [];
  const from = (window.speech[0]?.from ?? 0) / SAMPLE_RATE;
  const to = (window.speech.at(-1)?.to ?? 0) / SAMPLE_RATE;
  return [
    {
      text: tokenText(tokens),
      from,
      to,
      words: [],
      tokens: tokens.map(toToken),
      ...scores(decoded),
      windowStart: startOf(window),
    },
  ];
}

export interface SegmentOptions {
  /** Give the words themselves. */
  words: boolean;
  /** Id of the vocabulary's `<|0.00|>`. */
  timestampBase: number;
}

/** Segments as people read them, from the words of a window that begins at `windowStart` (seconds). */
export function toSegments(
  timed: readonly TimedWord[],
  windowStart: number,
  scores: Scores,
  { words, timestampBase }: SegmentOptions,
): Segment[] {
  const timestamp = (seconds: number) => timestampToken(timestampBase, seconds - windowStart);
  return toSentences(timed).map((group) => {
    const from = group[0]?.from ?? 0;
    const to = group.at(-1)?.to ?? from;
    return {
      text: group.map(({ text, spaced }) => (spaced ? ` ${text}` : text)).join(""),
      from,
      to,
      words: words ? group.map(({ text, from, to, confidence }) => ({ text, from, to, confidence })) : [],
      tokens: [timestamp(from), ...group.flatMap((word) => word.tokens.map(toToken)), timestamp(to)],
      ...scores,
      windowStart,
    };
  });
}

/** What is said of a whole result. */
export type Scores = Pick<
  Segment,
  "temperature" | "averageLogProbability" | "noSpeechProbability" | "compressionRatio"
>;

export function scores(decoded: Decoded): Scores {
  const { temperature, averageLogProbability, noSpeechProbability, text } = decoded;
  return { temperature, averageLogProbability, noSpeechProbability, compressionRatio: compressionRatio(text) };
}

/** Seconds. */
export function startOf(window: Window): number {
  return (window.pieces[0]?.from ?? 0) / SAMPLE_RATE;
}

/** A token as transcripts have it. */
export function toToken(token: DecodedToken): Token {
  return { id: token.id, bytes: tokenBytes(token), logProbability: token.logp };
}

/** The last timestamp of the vocabulary, 30 s. Silences that were left out may have put a word beyond it. */
const LAST_TIMESTAMP = 1500;

function timestampToken(base: number, seconds: number): Token {
  const steps = Math.min(LAST_TIMESTAMP, Math.max(0, Math.round(seconds / 0.02)));
  return { id: base + steps, bytes: Buffer.from(`<|${(steps * 0.02).toFixed(2)}|>`), logProbability: 0 };
}
