/**
 * What was said just before an utterance. A phrase by itself is understood worse than in its place: an utterance is decoded with the
 * utterances before it, their audio in the window and their tokens given, as long as they are near.
 */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { Segment } from "../../text/transcript.ts";
import type { Span } from "../packing.ts";

/** After a longer pause (samples) somebody says something else. */
const LONGEST_PAUSE = 1.5 * SAMPLE_RATE;
/** The audio before an utterance (samples): more costs more than it brings. */
const MOST_BEFORE = 8 * SAMPLE_RATE;
/** What a window may hold. */
const LONGEST_WINDOW = 29 * SAMPLE_RATE;
/** The model's text has room for 224 tokens, the utterance's own among them. */
const MOST_TOKENS = 80;

export class Told {
  #utterances: { span: Span; tokens: number[] }[] = [];

  /** Takes the next final. */
  add(span: Span, segments: readonly Segment[]): void {
    // The first and the last token of a segment are its times.
    const tokens = segments.flatMap((segment) => segment.tokens.slice(1, -1).map(({ id }) => id));
    if (tokens.length === 0) return;
    this.#utterances = [...this.#utterances, { span, tokens }].filter(
      (one) => span.to - one.span.from <= LONGEST_WINDOW,
    );
  }

  /** Where the window of an utterance begins, and the tokens of what is said in it before. */
  before({ from, to }: Span): { from: number; tokens: number[] } {
    let start = from;
    let tokens: number[] = [];
    for (const one of this.#utterances.toReversed()) {
      const isNear = start - one.span.to <= LONGEST_PAUSE && from - one.span.from <= MOST_BEFORE;
      if (!isNear || to - one.span.from > LONGEST_WINDOW || tokens.length + one.tokens.length > MOST_TOKENS) break;
      start = one.span.from;
      tokens = [...one.tokens, ...tokens];
    }
    return { from: start, tokens };
  }
}
