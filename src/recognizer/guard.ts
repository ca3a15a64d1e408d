/**
 * Which results are not to be believed. Whisper fails in few ways: it repeats itself, it stops long before the speech does, it
 * writes more than anybody can say, or it is plainly unsure. Each shows in the result's structure; no phrase is ever looked for.
 */
import type { Decoded } from "../engine/job.ts";
import { isAnnotation } from "../text/annotations.ts";
import { compressionRatio, findRepeat } from "../text/repeats.ts";
import { groupWords, isUnspaced, textTokens } from "../text/words.ts";

export type Doubt = "truncated" | "repeats" | "unsure" | "short" | "fast";

/** openai/whisper, transcribe.py: below this average log-probability, or above this compression ratio, a result has failed. */
const UNSURE = -1.0;
const COMPRESSION = 2.4;
/** Characters per second of speech: the slowest and the fastest reader of the test clips are far from these. */
const SLOWEST = 4;
const SLOWEST_UNSPACED = 1;
const FASTEST = 32;
/** Speech shorter than this (seconds) has no rate: a breath, a single word. */
const NO_RATE = 2;

/** What speaks against a result, for so many seconds of speech; nothing when it can be trusted. */
export function doubts(decoded: Decoded, speech: number): Doubt[] {
  const found: Doubt[] = [];
  const text = isSpoken(decoded.text) ? decoded.text.trim() : "";
  if (decoded.truncated) found.push("truncated");
  if (repeatOf(decoded) !== undefined || compressionRatio(text) > COMPRESSION) found.push("repeats");
  if (decoded.averageLogProbability < UNSURE) found.push("unsure");
  if (isShort(text, speech)) found.push("short");
  if (text.length > FASTEST * Math.max(speech, NO_RATE)) found.push("fast");
  return found;
}

/** Whether a text is less than anybody says in so many seconds of speech. */
export function isShort(text: string, speech: number): boolean {
  return text.length < (speech > NO_RATE ? (isUnspaced(text) ? SLOWEST_UNSPACED : SLOWEST) * speech : 1);
}

/** Whether there is a word in a text, beside what it may say about sounds. */
export function isSpoken(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text) && !isAnnotation(text);
}

/**
 * The result with what it repeats said once, when it is a loop: undefined when it is none. People do repeat themselves, but they
 * come to an end, and no faster than people speak.
 */
export function withoutRepeats(decoded: Decoded, speech: number): Decoded | undefined {
  const found = doubts(decoded, speech);
  const repeat = repeatOf(decoded);
  if (repeat === undefined || !(found.includes("truncated") || found.includes("fast"))) return undefined;
  const { words, from, to } = repeat;
  const repeated = new Set(words.slice(from, to).flatMap(({ tokens }) => tokens));
  const segments = decoded.segments.map((segment) => {
    const tokens = segment.tokens.filter((token) => !repeated.has(token));
    return { ...segment, tokens };
  });
  const text = words
    .filter((_, i) => i < from || i >= to)
    .map((word) => (word.spaced ? ` ${word.text}` : word.text))
    .join("");
  return { ...decoded, segments, text };
}

function repeatOf(decoded: Decoded) {
  const words = groupWords(textTokens(decoded));
  const repeat = findRepeat(words.map(({ text }) => text));
  return repeat && { ...repeat, words };
}
