/** The last seconds of a channel: its audio as long as a decode may ask for it, where somebody speaks in it, and what was told of it. */
import type { Span } from "../packing.ts";
import { Voicing } from "../voicing.ts";
import type { TimedWord } from "../word-times.ts";
import { AudioRing } from "./audio-ring.ts";
import type { Part } from "./decoding.ts";
import { type Begun, earliest, endOf, type Held, type Reach, Told } from "./told.ts";

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

  /** Takes the words of the next final, and keeps what it was heard in. */
  tell(span: Span, words: readonly TimedWord[]): void {
    const kept = Told.kept(span);
    this.#told.add({ span, words, pcm: this.audio.slice(kept), voiced: this.voicing.within(kept) });
  }

  /** What was told is no beginning of what comes: another language, another model. */
  forgetTold(): void {
    this.#told = new Told();
  }

  /** What of a span is decoded when its first words are settled. */
  part({ span, settled }: Undecided, reach: Reach): Part {
    return this.#part(span, this.#told.before(span, settled, reach));
  }

  /** What of it is not settled, without a word before it. */
  alone({ span, settled }: Undecided): Part {
    return this.#part(span, { before: [], from: endOf(span, settled), known: [] });
  }

  #part(span: Span, { before, from, known }: Begun): Part {
    const own = { from, to: span.to };
    // The words lie in the utterance's own speech, not in that before it.
    const voiced = this.voicing.within(own);
    const held = [...before, { from, pcm: this.audio.slice(own), voiced }];
    let length = 0;
    const pieces = held.map(({ from, pcm }) => {
      const piece = { at: length, from, length: pcm.length };
      length += pcm.length;
      return piece;
    });
    const window = { pieces, speech: held.flatMap(({ voiced }) => voiced), length };
    return { heard: { pcm: joined(held), voiced, window }, known };
  }

  /** Drops what no decode of any of these spans, or of later ones, may ask for. */
  keepFor(undecided: readonly Undecided[]): void {
    this.#told.forget(Math.min(...undecided.map(({ span }) => span.from)));
    const needed = Math.min(...undecided.map(({ span, settled }) => earliest(span, settled)));
    this.audio.forget(needed);
    this.voicing.forget(needed);
  }
}

function joined(held: readonly Held[]): Float32Array {
  const [first, ...more] = held.map(({ pcm }) => pcm);
  if (first === undefined || more.length === 0) return first ?? new Float32Array(0);
  return new Float32Array(Bun.concatArrayBuffers([first, ...more]));
}
