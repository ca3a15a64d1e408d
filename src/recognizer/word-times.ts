/** When each word was said, in audio time. docs/word-times.md says how the method was chosen. */
import type { DecodedToken } from "../engine/job.ts";
import type { TokenWord } from "../text/words.ts";
import { toAudioSpan, type Window } from "./packing.ts";

export interface TimedWord extends TokenWord {
  from: number;
  to: number;
  confidence: number;
}

/** Places words; they keep their order and never lie in a silence that was left out. */
export function timeWords(words: readonly TokenWord[], window: Window): TimedWord[] {
  let earliest = 0;
  return words.map((word) => {
    const tokens = word.spoken.length > 0 ? word.spoken : word.tokens;
    const span = toAudioSpan(window, tokens[0]?.from ?? 0, tokens.at(-1)?.to ?? 0);
    const from = Math.max(earliest, span.from);
    const to = Math.max(from, span.to);
    earliest = to;
    return { ...word, from, to, confidence: confidence(tokens) };
  });
}

/** Geometric mean of the probabilities of the tokens that are spoken. */
function confidence(tokens: readonly DecodedToken[]): number {
  return Math.exp(tokens.reduce((sum, { logp }) => sum + logp, 0) / Math.max(1, tokens.length));
}
