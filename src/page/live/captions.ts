/** Deepgram's live messages → captions: what is final, what is settled of the open utterance, what may still change. */
import type { Paragraph, SpokenWord } from "../transcript.ts";

interface LiveWord {
  word: string;
  punctuated_word?: string;
  start: number;
  end: number;
  confidence: number;
}

/** The parts of a `Results` message that captions need. */
export interface Results {
  type: "Results";
  start: number;
  duration: number;
  is_final: boolean;
  speech_final: boolean;
  channel: { alternatives: { transcript: string; words: LiveWord[] }[] };
}

export interface Captions {
  paragraphs: readonly Paragraph[];
  /** The next words of the last utterance go into the last paragraph. */
  continues: boolean;
  /** Words of the open utterance, and how many of them two messages in a row agree on. */
  open: readonly SpokenWord[];
  settled: number;
}

export const noCaptions: Captions = { paragraphs: [], continues: false, open: [], settled: 0 };

/** Seconds between words that make a new paragraph. */
const PAUSE = 2.5;

/** What the captions become with one more message; `offset` seconds had passed when the connection began. */
export function withResults(captions: Captions, message: Results, offset: number): Captions {
  const words = (message.channel.alternatives[0]?.words ?? []).map((word) => spoken(word, offset));
  if (!message.is_final) return { ...captions, open: words, settled: agreed(captions.open, words) };
  const paragraphs = words.length === 0 ? captions.paragraphs : appended(captions, words);
  const continues = words.length === 0 ? captions.continues && !message.speech_final : !message.speech_final;
  return { paragraphs, continues, open: [], settled: 0 };
}

/** The utterance was cut off: what was seen of it last is kept. */
export function withoutOpen(captions: Captions): Captions {
  if (captions.open.length === 0) return { ...captions, continues: false };
  return { paragraphs: appended(captions, captions.open), continues: false, open: [], settled: 0 };
}

function appended({ paragraphs, continues }: Captions, words: readonly SpokenWord[]): readonly Paragraph[] {
  const last = paragraphs.at(-1);
  const [from, to] = [words[0]?.from ?? 0, words.at(-1)?.to ?? 0];
  // Short utterances that follow each other closely read better together.
  if (last && (continues || (from - last.to < PAUSE && last.words.length < 30)))
    return [...paragraphs.slice(0, -1), { ...last, to, words: [...last.words, ...words] }];
  return [...paragraphs, { from, to, words: [...words] }];
}

function agreed(before: readonly SpokenWord[], now: readonly SpokenWord[]): number {
  let count = 0;
  while (count < now.length && before[count]?.text === now[count]?.text) count++;
  return count;
}

function spoken({ word, punctuated_word, start, end, confidence }: LiveWord, offset: number): SpokenWord {
  return { text: punctuated_word ?? word, from: start + offset, to: end + offset, confidence };
}
