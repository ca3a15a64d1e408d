/** The last seconds of a channel: its audio as long as a decode may ask for it, where somebody speaks in it, and what was told of it. */
import type { Span } from "../packing.ts";
import { Voicing } from "../voicing.ts";
import type { TimedWord } from "../word-times.ts";
import { AudioRing } from "./audio-ring.ts";
import type { Part } from "./decoding.ts";
import { type Begun, endOf, Told } from "./told.ts";

/** A span that is still to be decoded, and the words that are settled at its beginning. */
export interface Undecided {
  span: Span;
  settled: readonly TimedWord[];
}

export class Recent {
  readonly audio = new AudioRing();
  readonly voicing: Voicing;
  #told = new Told();

  /** Frames with at least this probability are speech. */
  constructor(threshold: number) {
    this.voicing = new Voicing(threshold);
  }

  /** Takes the words of the next final. */
  tell(span: Span, words: readonly TimedWord[]): void {
    this.#told.add(span, words);
  }

  /** What was told is no beginning of what comes: another language, another model. */
  forgetTold(): void {
    this.#told = new Told();
  }

  /** What of a span is decoded when its first words are settled. */
  part({ span, settled }: Undecided): Part {
    return this.#part(span, this.#told.before(span, settled));
  }

  /** What of it is not settled, without a word before it. */
  alone({ span, settled }: Undecided): Part {
    return this.#part(span, { from: endOf(span, settled), known: [] });
  }

  #part(span: Span, { from, known }: Begun): Part {
    const pcm = this.audio.slice({ from, to: span.to });
    const speech = this.voicing.within({ from, to: span.to });
    // The words lie in the utterance's own speech, not in that before it.
    const voiced = this.voicing.within({ from: Math.max(from, span.from), to: span.to });
    const window = { pieces: [{ at: 0, from, length: pcm.length }], speech, length: pcm.length };
    return { heard: { pcm, voiced, window }, known };
  }

  /** Drops what no decode of any of these spans, or of later ones, may ask for. */
  keepFor(undecided: readonly Undecided[]): void {
    const needed = Math.min(...undecided.map(({ span, settled }) => this.#told.earliest(span, settled)));
    this.audio.forget(needed);
    this.voicing.forget(needed);
  }
}
