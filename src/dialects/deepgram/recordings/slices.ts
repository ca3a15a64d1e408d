/** Hours of words in slices: formatting them takes long enough to be felt by whoever speaks live in the meantime. */
import { readNumber } from "../../../text/formatting/numbers.ts";
import { tokensOf } from "../../../text/formatting/rewrite.ts";
import { endsBySign } from "../../../text/sentences.ts";
import type { Word } from "../../../text/transcript.ts";

/** Words: some milliseconds of work. */
const USUAL = 500;
/** A number this near to a place, in words, may be part of something that lies on both sides of it. */
const NEAR = 8;

/** Cuts words at ends of sentences that have no number near them, so that no rule and nothing to be hidden is cut in two. */
export function slicesOf(words: readonly Word[], language: string): Word[][] {
  const slices: Word[][] = [];
  let from = 0;
  for (let at = USUAL; at < words.length; at++) {
    if (at - from < USUAL || !mayCut(words, at, language)) continue;
    slices.push(words.slice(from, at));
    from = at;
  }
  slices.push(words.slice(from));
  return slices;
}

function mayCut(words: readonly Word[], at: number, language: string): boolean {
  if (!endsBySign(words[at - 1] as Word, words[at] as Word)) return false;
  const near = tokensOf(words.slice(Math.max(0, at - NEAR), at + NEAR), language);
  return near.every(({ core }, i) => !/\d/.test(core) && readNumber(near, i) === undefined);
}
