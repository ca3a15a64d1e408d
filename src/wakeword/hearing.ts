/** When a word counts as said: its score rises over the threshold, and the word was not told just before. */

export interface HearingOptions {
  /** Score from which a word counts, 0..1. */
  threshold: number;
  /** Seconds in which a word that was told is not told again. */
  debounce: number;
}

/**
 * What a sensitivity of 0 to 1 means: a threshold of 0.5, which is openWakeWord's own, at 0.5; 0.18 at 0.7; 0.02 at 0.9. The steps grow finer
 * towards the top because that is where the scores of half-heard words lie (bench/WAKEWORDS.md).
 */
export function thresholdOf(sensitivity: number): number {
  return Math.min(0.99, Math.max(0.005, 2 * (1 - sensitivity) ** 2));
}

/** One word of one stream. */
export class Hearing {
  readonly #threshold: number;
  readonly #debounce: number;
  #above = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor({ threshold, debounce }: HearingOptions) {
    this.#threshold = threshold;
    this.#debounce = debounce;
  }

  /** Takes the score of the frame that ends at `at` (seconds); true when the word is to be told. */
  take(score: number, at: number): boolean {
    const rises = score >= this.#threshold && !this.#above;
    this.#above = score >= this.#threshold;
    if (!rises || at - this.#toldAt < this.#debounce) return false;
    this.#toldAt = at;
    return true;
  }
}
