/** Words and their confidence as Deepgram's replies have them, of recordings and of live audio. */
import { bareWord } from "../../text/formatting/bare.ts";
import { joinWords } from "../../text/formatting/join.ts";
import { searchWords } from "../../text/search.ts";
import type { Word } from "../../text/transcript.ts";
import { type Float, float } from "./json.ts";

export interface WordShape {
  /** Words have their punctuation; otherwise texts are lower case and bare. */
  punctuated: boolean;
  /** Each word says its language. */
  languages: boolean;
  /** Each word says its speaker. `recording`: with a confidence, which live words never have. */
  speakers?: "live" | "recording";
}

export interface ReplyWord {
  word: string;
  start: Float;
  end: Float;
  confidence: Float;
  language?: string;
  speaker?: number;
  speaker_confidence?: Float;
  punctuated_word?: string;
}

/** A word of a reply. There is one speaker until somebody tells them apart, and nothing is known of who it is. */
export function replyWord(word: Word, { punctuated, languages, speakers }: WordShape): ReplyWord {
  return {
    word: bareWord(word.text),
    start: float(word.from),
    end: float(word.to),
    confidence: float(word.confidence),
    ...(languages && word.language !== undefined ? { language: word.language } : {}),
    ...(speakers ? { speaker: word.speaker ?? 0 } : {}),
    ...(speakers === "recording" ? { speaker_confidence: float(0) } : {}),
    ...(punctuated ? { punctuated_word: word.text.trim() } : {}),
  };
}

/** The text of words that were formatted. */
export function transcriptText(words: readonly Word[], { punctuated }: Pick<WordShape, "punctuated">): string {
  return joinWords(words.map(({ text }) => (punctuated ? text : bareWord(text)))).trim();
}

/** The confidence of a text is the upper median of its words'; recorded replies agree with nothing else. */
export function confidenceOf(words: readonly Word[]): number {
  const sorted = words.map(({ confidence }) => confidence).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Which languages the words have, the most frequent first. */
export function languagesOf(words: readonly Word[]): string[] {
  const counts = new Map<string, number>();
  for (const { language } of words) if (language !== undefined) counts.set(language, (counts.get(language) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([language]) => language);
}

/** What a reply says of a phrase that was looked for among bare words. */
export function searchReply(words: readonly Word[], query: string): object {
  const hits = searchWords(words, query).map(({ confidence, from, to, snippet }) => ({
    confidence: float(confidence),
    start: float(from),
    end: float(to),
    snippet,
  }));
  return { query, hits };
}

/** Words as they are without punctuation and capital letters. */
export function bareWords(words: readonly Word[]): Word[] {
  return words.map((word) => ({ ...word, text: bareWord(word.text) }));
}
