/**
 * Which results are not to be believed. Whisper fails in few ways: it repeats itself, it stops long before the speech does, it
 * writes more than anybody can say, or it is plainly unsure. Each shows in the result's structure; no phrase is ever looked for.
 */
import type { Decoded } from "../engine/job.ts";
import { compressionRatio, findRepeat, type Repeat } from "../text/repeats.ts";
import { groupWords, isUnspaced, textTokens } from "../text/words.ts";

export type Doubt = "truncated" | "repeats" | "unsure" | "short" | "fast";

/** Why text is left out for good. */
export type Dropped = "no-speech" | "repeats";

/** openai/whisper, transcribe.py: below this average log-probability, or above this compression ratio, a result has failed. */
const UNSURE = -1.0;
const COMPRESSION = 2.4;
/** Characters per second of speech. */
const SLOWEST = 4;
const SLOWEST_UNSPACED = 1;
const FASTEST = 32;
/** Speech shorter than this (seconds) has no rate: a breath, a single word. */
const NO_RATE = 2;

/** What speaks against a result for so many seconds of speech; nothing when it can be trusted. */
export function doubts(decoded: Decoded, speech: number): Doubt[] {
  const found: Doubt[] = [];
  const text = decoded.text.trim();
  if (decoded.truncated) found.push("truncated");
  if (repeat(decoded) !== undefined || compressionRatio(text) > COMPRESSION) found.push("repeats");
  if (decoded.averageLogProbability < UNSURE) found.push("unsure");
  if (speech > NO_RATE && text.length < (isUnspaced(text) ? SLOWEST_UNSPACED : SLOWEST) * speech) found.push("short");
  if (text.length > FASTEST * Math.max(speech, NO_RATE)) found.push("fast");
  return found;
}

/** The phrase that the text says over and over. */
function repeat(decoded: Decoded): Repeat | undefined {
  return findRepeat(groupWords(textTokens(decoded)).map(({ text }) => text));
}
