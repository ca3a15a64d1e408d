/** What the tests of formatting share. */
import type { Word } from "../transcript.ts";
import { joinWords } from "./join.ts";

/** Words of a text: half a second each, without pauses. */
export function spoken(text: string): Word[] {
  return text.split(" ").map((word, i) => ({ text: word, from: i / 2, to: (i + 1) / 2, confidence: 0.9 }));
}

/** What words say. */
export function said(words: readonly Word[]): string {
  return joinWords(words.map(({ text }) => text));
}
