import type { Word } from "../../../text/transcript.ts";

/** The mean confidence of words, to three places; 0 where there are none. */
export function confidenceOf(words: readonly Pick<Word, "confidence">[]): number {
  return meanConfidence(
    words.reduce((sum, { confidence }) => sum + confidence, 0),
    words.length,
  );
}

/** The same where the sum is known. */
export function meanConfidence(sum: number, words: number): number {
  return words === 0 ? 0 : Math.round((sum / words) * 1000) / 1000;
}
