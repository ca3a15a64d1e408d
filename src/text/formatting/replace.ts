/** Words of the caller's choice in the place of others. */
import type { Word } from "../transcript.ts";
import { partsOf } from "./parts.ts";
import { withoutWords } from "./removal.ts";
import { mergeWords, spreadWords } from "./rewrite.ts";

export interface Replacement {
  /** One or more words. In lower case it finds them in any case, with a capital only as it is. */
  find: string;
  /** Empty to remove what is found. */
  with: string;
}

/** Reads `find:replacement`; without a colon what is found is removed. */
export function parseReplacement(value: string): Replacement {
  const colon = value.indexOf(":");
  return colon < 0 ? { find: value, with: "" } : { find: value.slice(0, colon), with: value.slice(colon + 1) };
}

interface Prepared {
  find: readonly string[];
  exact: boolean;
  texts: readonly string[];
}

/** Replaces each found run of words once; where several replacements fit, the first one given is taken. */
export function replaceWords(words: readonly Word[], replacements: readonly Replacement[]): Word[] {
  const prepared = replacements.map(prepare).filter(({ find }) => find.length > 0);
  const cores = words.map(({ text }) => partsOf(text).core.replaceAll("’", "'"));
  const lower = cores.map((core) => core.toLowerCase());
  const written: Word[] = [];
  /** Words that are found and have nothing in their place. */
  const out = new Set<number>();
  for (let at = 0; at < words.length; ) {
    const found = prepared.find(({ find, exact }) => find.every((word, i) => (exact ? cores : lower)[at + i] === word));
    const taken = words.slice(at, at + (found?.find.length ?? 1));
    if (found === undefined) written.push(...taken);
    else if (found.texts.length > 0) written.push(...replaced(taken, found.texts));
    else {
      out.add(written.length);
      written.push(mergeWords(taken, ends(taken)));
    }
    at += taken.length;
  }
  return out.size === 0 ? written : withoutWords(written, (i) => out.has(i));
}

function prepare({ find, with: text }: Replacement): Prepared {
  const wanted = split(find).map((word) => partsOf(word).core || word);
  const exact = /\p{Lu}/u.test(find);
  return { find: wanted.map((word) => word.replaceAll("’", "'")), exact, texts: split(text) };
}

function replaced(taken: readonly Word[], texts: readonly string[]): Word[] {
  const { lead } = partsOf(taken[0]?.text ?? "");
  const { tail } = partsOf(taken.at(-1)?.text ?? "");
  const whole = texts.map(
    (text, i) => `${i === 0 ? lead : ""}${text}${i === texts.length - 1 && !/\p{P}$/u.test(text) ? tail : ""}`,
  );
  return spreadWords(taken, whole);
}

/** The first word with the punctuation of the last. */
function ends(taken: readonly Word[]): string {
  const { lead, core } = partsOf(taken[0]?.text ?? "");
  return `${lead}${core}${partsOf(taken.at(-1)?.text ?? "").tail}`;
}

function split(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}
