/** Deepgram's answer for a file → paragraphs of words. */
import type { Paragraph, SpokenWord } from "../transcript.ts";

interface AnswerWord {
  word: string;
  punctuated_word?: string;
  start: number;
  end: number;
  confidence: number;
  speaker?: number;
}

/** The parts of an answer that the page needs. */
export interface Answer {
  metadata: { duration: number; channels: number };
  results: {
    channels: {
      alternatives: {
        words: AnswerWord[];
        paragraphs?: { paragraphs: { num_words: number; start: number; end: number; speaker?: number }[] };
      }[];
      detected_language?: string;
    }[];
  };
}

/** All that was said, in order of time. */
export function paragraphsOf({ results: { channels } }: Answer): Paragraph[] {
  const several = channels.length > 1;
  return channels
    .flatMap(({ alternatives: [best] }, i) => {
      if (best === undefined) return [];
      const words = best.words.map(spoken);
      const parts = best.paragraphs?.paragraphs ?? [{ num_words: words.length, start: 0, end: 0 }];
      let at = 0;
      return parts.flatMap(({ num_words, ...part }): Paragraph[] => {
        const own = words.slice(at, at + num_words);
        const speaker = best.words[at]?.speaker;
        at += num_words;
        if (own.length === 0) return [];
        return [
          {
            from: own[0]?.from ?? part.start,
            to: own.at(-1)?.to ?? part.end,
            words: own,
            ...(several ? { channel: i + 1 } : {}),
            ...(speaker === undefined ? {} : { speaker }),
          },
        ];
      });
    })
    .sort((a, b) => a.from - b.from);
}

function spoken({ word, punctuated_word, start, end, confidence }: AnswerWord): SpokenWord {
  return { text: punctuated_word ?? word, from: start, to: end, confidence };
}
