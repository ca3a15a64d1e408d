/** Sounds of hesitation and assent that are written as words. */
import type { Word } from "../transcript.ts";
import { withoutWords } from "./removal.ts";
import { keysFrom, tokensOf } from "./rewrite.ts";

const FILLER = /^(?:u+h+|u+m+|uhm+|er+m|mhm+|mm-?h?mm?|m+hm+|uh-uh|uh-huh|nuh-uh|mm-mm)$/;
/** The same written as two words. */
const PAIR = /^(?:uh|mm|nuh) (?:huh|hmm|uh|mm)$/;

/** Removes uh, um and their like from English words. */
export function removeFillers(words: readonly Word[], language: string): Word[] {
  const tokens = tokensOf(words, language);
  const out = new Set<number>();
  for (const [i, { key }] of tokens.entries()) {
    if (FILLER.test(key)) out.add(i);
    else if (!PAIR.test(keysFrom(tokens, i, 2).join(" "))) continue;
    if (PAIR.test(keysFrom(tokens, i, 2).join(" "))) out.add(i).add(i + 1);
  }
  return out.size === 0 ? [...words] : withoutWords(words, (i) => out.has(i));
}
