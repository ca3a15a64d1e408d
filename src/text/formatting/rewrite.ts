/** How a pass turns words into other words: rules look at a word and those after it; times and punctuation follow what they take. */
import type { Word } from "../transcript.ts";
import { partsOf } from "./parts.ts";

/** A word as rules see it. */
export interface Token {
  word: Word;
  lead: string;
  core: string;
  tail: string;
  /** The word in lower case to compare with; empty for a word of a language without rules. */
  key: string;
}

/** So many words become one with this text, between the punctuation before the first and after the last. */
export interface Piece {
  take: number;
  text: string;
}

/** Answers with what the words from `at` on become, or with nothing. */
export type Rule = (tokens: readonly Token[], at: number) => readonly Piece[] | undefined;

/** English alone has rules; a word's own language goes before the text's. */
function isEnglish(word: Word, language: string): boolean {
  return (word.language ?? language) === "en";
}

export function tokensOf(words: readonly Word[], language: string): Token[] {
  return words.map((word) => {
    const { lead, core, tail } = partsOf(word.text);
    return { word, lead, core, tail, key: isEnglish(word, language) ? core.replaceAll("’", "'").toLowerCase() : "" };
  });
}

/** Applies the first rule that has something to say at each word. */
export function rewrite(words: readonly Word[], language: string, rules: readonly Rule[]): Word[] {
  const tokens = tokensOf(words, language);
  const written: Word[] = [];
  for (let at = 0; at < tokens.length; ) {
    const pieces = tokens[at]?.key === "" ? undefined : firstOf(rules, tokens, at);
    if (pieces === undefined) {
      written.push(words[at] as Word);
      at++;
      continue;
    }
    for (const { take, text } of pieces) {
      const taken = tokens.slice(at, at + take);
      written.push(oneWord(taken, text));
      at += take;
    }
  }
  return written;
}

function firstOf(rules: readonly Rule[], tokens: readonly Token[], at: number): readonly Piece[] | undefined {
  for (const rule of rules) {
    const pieces = rule(tokens, at);
    if (pieces !== undefined) return pieces;
  }
  return undefined;
}

function oneWord(taken: readonly Token[], text: string): Word {
  const words = taken.map(({ word }) => word);
  return mergeWords(words, `${taken[0]?.lead ?? ""}${text}${taken.at(-1)?.tail ?? ""}`);
}

/** Several words as one, as sure as the least sure of them. */
export function mergeWords(words: readonly Word[], text: string): Word {
  const first = words[0] as Word;
  const last = words.at(-1) as Word;
  return { ...first, text, to: last.to, confidence: Math.min(...words.map(({ confidence }) => confidence)) };
}

/** Words as other words: one for one where they are as many, and otherwise their time shared by length. */
export function spreadWords(words: readonly Word[], texts: readonly string[]): Word[] {
  if (texts.length === words.length) return words.map((word, i) => ({ ...word, text: texts[i] ?? "" }));
  const whole = mergeWords(words, "");
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  let done = 0;
  return texts.map((text) => {
    const from = whole.from + ((whole.to - whole.from) * done) / total;
    done += text.length;
    return { ...whole, text, from, to: whole.from + ((whole.to - whole.from) * done) / total };
  });
}

/** The keys of the words from `at` on that nothing stands between, the first among them; at most `most`. */
export function keysFrom(tokens: readonly Token[], at: number, most: number): string[] {
  const keys: string[] = [];
  for (let i = at; i < tokens.length && keys.length < most; i++) {
    const token = tokens[i] as Token;
    if (token.key === "" || (i > at && (token.lead !== "" || tokens[i - 1]?.tail !== ""))) break;
    keys.push(token.key);
  }
  return keys;
}
