/** Profane words hidden by asterisks, one for each character. */
import type { Word } from "../transcript.ts";
import { partsOf } from "./parts.ts";
import { PROFANE } from "./profane-words.ts";

/** Masks what the list of the word's language names; languages without a list have nothing masked. */
export function maskProfanity(words: readonly Word[], language: string): Word[] {
  return words.map((word) => {
    const list = PROFANE[word.language ?? language];
    if (list === undefined) return word;
    const { lead, core, tail } = partsOf(word.text);
    const masked = core
      .split("-")
      .map((part) => (list.test(part.replaceAll("’", "'")) ? "*".repeat(Array.from(part).length) : part))
      .join("-");
    return masked === core ? word : { ...word, text: `${lead}${masked}${tail}` };
  });
}
