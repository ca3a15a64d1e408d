/** What becomes of the punctuation and the capital of words that are taken out. */
import type { Word } from "../transcript.ts";
import { partsOf } from "./parts.ts";

const ENDS_SENTENCE = /[.!?…。！？]/u;

/** Leaves words out: a sentence's end goes to the word before, its capital to the word after, and a comma on both sides goes with them. */
export function withoutWords(words: readonly Word[], isOut: (index: number) => boolean): Word[] {
  const kept: Word[] = [];
  let removed: Word[] = [];
  for (const [i, word] of words.entries()) {
    if (isOut(i)) {
      removed.push(word);
      continue;
    }
    kept.push(...settle(kept, removed, word));
    removed = [];
  }
  settle(kept, removed, undefined);
  return kept;
}

/** Mends what stands before and after removed words; answers with the word after. */
function settle(kept: Word[], removed: readonly Word[], next: Word | undefined): Word[] {
  if (removed.length === 0) return next === undefined ? [] : [next];
  const previous = kept.at(-1);
  const { tail } = partsOf(removed.at(-1)?.text ?? "");
  const first = partsOf(removed[0]?.text ?? "").core;
  const beforeTail = previous === undefined ? "" : partsOf(previous.text).tail;
  const startsSentence = previous === undefined || ENDS_SENTENCE.test(beforeTail);
  if (previous !== undefined && !startsSentence) {
    if (ENDS_SENTENCE.test(tail) || next === undefined) kept[kept.length - 1] = withTail(previous, tail || beforeTail);
    else if (beforeTail === "," && tail === ",") kept[kept.length - 1] = withTail(previous, "");
  }
  if (next === undefined) return [];
  return [startsSentence && /^\p{Lu}/u.test(first) ? capitalised(next) : next];
}

/** A word with another tail. */
export function withTail(word: Word, tail: string): Word {
  const { lead, core } = partsOf(word.text);
  return { ...word, text: `${lead}${core}${tail}` };
}

/** A word that begins a sentence. */
export function capitalised(word: Word): Word {
  const { lead, core, tail } = partsOf(word.text);
  return { ...word, text: `${lead}${core.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())}${tail}` };
}
