import type { Word } from "../../../text/transcript.ts";

/** The mean confidence of words, to three places; 0 where there are none. */
export function confidenceOf(words: readonly Pick<Word, "confidence">[]): number {
  if (words.length === 0) return 0;
  const mean = words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length;
  return Math.round(mean * 1000) / 1000;
}
