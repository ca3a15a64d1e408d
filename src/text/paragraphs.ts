/** Sentences in paragraphs, as a reader would break the text: at another speaker, at a long pause, or when enough has been said. */
import { joinWords } from "./formatting/join.ts";
import { endsBySign } from "./sentences.ts";
import type { Word } from "./transcript.ts";

interface Sentence {
  text: string;
  from: number;
  to: number;
}

export interface Paragraph {
  sentences: Sentence[];
  from: number;
  to: number;
  /** How many words it has. */
  words: number;
  speaker?: number;
}

/** Seconds between two sentences that part two paragraphs. */
const PAUSE = 2;
const MOST_SENTENCES = 5;

/** Groups the words of one channel. */
export function toParagraphs(words: readonly Word[]): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let previous: Word[] | undefined;
  for (const sentence of toSentences(words)) {
    const current = paragraphs.at(-1);
    if (current === undefined || previous === undefined || beginsNew(current, previous, sentence))
      paragraphs.push(begun(sentence));
    else {
      current.sentences.push(spanOf(sentence));
      current.to = lastOf(sentence).to;
      current.words += sentence.length;
    }
    previous = sentence;
  }
  return paragraphs;
}

function toSentences(words: readonly Word[]): Word[][] {
  const sentences: Word[][] = [];
  let sentence: Word[] = [];
  for (const [i, word] of words.entries()) {
    sentence.push(word);
    const next = words[i + 1];
    if (next !== undefined && next.speaker === word.speaker && !word.text.endsWith("\n") && !endsBySign(word, next))
      continue;
    sentences.push(sentence);
    sentence = [];
  }
  return sentences;
}

function beginsNew({ sentences }: Paragraph, previous: readonly Word[], next: readonly Word[]): boolean {
  const last = lastOf(previous);
  const first = next[0] as Word;
  return (
    last.speaker !== first.speaker ||
    last.text.endsWith("\n\n") ||
    first.from - last.to >= PAUSE ||
    sentences.length >= MOST_SENTENCES
  );
}

function begun(sentence: readonly Word[]): Paragraph {
  const { from, speaker } = sentence[0] as Word;
  return {
    sentences: [spanOf(sentence)],
    from,
    to: lastOf(sentence).to,
    words: sentence.length,
    ...(speaker === undefined ? {} : { speaker }),
  };
}

function spanOf(sentence: readonly Word[]): Sentence {
  const text = joinWords(sentence.map((word) => word.text)).trim();
  return { text, from: (sentence[0] as Word).from, to: lastOf(sentence).to };
}

function lastOf(sentence: readonly Word[]): Word {
  return sentence.at(-1) as Word;
}
