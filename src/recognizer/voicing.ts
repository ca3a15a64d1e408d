/** Which frames of a channel are speech: finer than its regions, which are padded and bridge short pauses. */
import { FRAME_SAMPLES } from "../vad/speech.ts";
import type { Span } from "./packing.ts";

/** A shorter pause (192 ms) may be within a word: the closure of a consonant, the digits of a year. */
const LEAST_PAUSE = 6;

export class Voicing {
  #threshold: number;
  #frames: boolean[] = [];
  /** Number of the first frame that is kept. */
  #first = 0;

  /** Frames with at least this probability are speech. */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Holds from the next frame on. */
  set threshold(threshold: number) {
    this.#threshold = threshold;
  }

  push(probabilities: Iterable<number>): void {
    for (const probability of probabilities) this.#frames.push(probability >= this.#threshold);
  }

  /** The stretches of speech within a span, in samples. */
  within({ from, to }: Span): Span[] {
    const spans: Span[] = [];
    const first = Math.max(0, Math.floor(from / FRAME_SAMPLES) - this.#first);
    const end = Math.min(this.#frames.length, Math.ceil(to / FRAME_SAMPLES) - this.#first);
    for (let frame = first; frame < end; frame++) {
      if (!this.#frames[frame]) continue;
      const start = (this.#first + frame) * FRAME_SAMPLES;
      const last = spans.at(-1);
      if (last !== undefined && start - last.to < LEAST_PAUSE * FRAME_SAMPLES) last.to = start + FRAME_SAMPLES;
      else spans.push({ from: start, to: start + FRAME_SAMPLES });
    }
    return spans.map((span) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) }));
  }

  /** Drops frames that lie wholly before a sample. */
  forget(before: number): void {
    const drop = Math.floor(before / FRAME_SAMPLES) - this.#first;
    if (drop <= 0) return;
    this.#frames.splice(0, drop);
    this.#first += drop;
  }
}
