/** Where a run of words falls into segments: at the ends of sentences, at long pauses, and before a segment gets too long to read. */

export interface TimedText {
  text: string;
  from: number;
  to: number;
}

/** Seconds. A pause that ends a segment wherever it is, and the one that shows a full stop to be an end and no abbreviation's. */
const LONG_PAUSE = 1.2;
const SHORT_PAUSE = 0.3;
/** Seconds that a segment should not exceed while there is a comma or a pause to break it at. */
const LONG = 14;
const LONGEST = 24;

const SENTENCE_END = /[.!?…。！？][\p{Pf}\p{Pe}"']*$/u;
const CLAUSE_END = /[,;:、，；：—–][\p{Pf}\p{Pe}"']*$/u;
/** `Mr.`, `St.`, an initial: a full stop after few letters may be no end. */
const ABBREVIATION = /^[\p{Pi}\p{Ps}"']*\p{Lu}\p{L}{0,2}\.$/u;

/** Groups words into segments. */
export function toSentences<Word extends TimedText>(words: readonly Word[]): Word[][] {
  const groups: Word[][] = [];
  let group: Word[] = [];
  for (const [i, word] of words.entries()) {
    group.push(word);
    const next = words[i + 1];
    if (next !== undefined && !endsSentence(word, next)) continue;
    groups.push(...shorten(group));
    group = [];
  }
  return groups;
}

function endsSentence(word: TimedText, next: TimedText): boolean {
  const pause = next.from - word.to;
  return pause >= LONG_PAUSE || endsBySign(word, next);
}

/** Whether a word's punctuation ends a sentence. */
export function endsBySign(word: TimedText, next: TimedText): boolean {
  if (!SENTENCE_END.test(word.text)) return false;
  return !ABBREVIATION.test(word.text) || next.from - word.to >= SHORT_PAUSE;
}

/** Breaks a long sentence where it is least felt. */
function shorten<Word extends TimedText>(words: Word[]): Word[][] {
  const [first] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined || last.to - first.from <= LONG) return [words];
  let best = { at: 0, worth: 0 };
  for (const [i, word] of words.entries()) {
    const next = words[i + 1];
    if (next === undefined) break;
    const isClause = CLAUSE_END.test(word.text);
    if (!isClause && last.to - first.from <= LONGEST) continue;
    // Halves of about the same length read best; a comma or a pause is worth more than that.
    const balance = Math.min(word.to - first.from, last.to - next.from) / (last.to - first.from);
    const worth = balance + (isClause ? 0.3 : 0) + Math.min(1, next.from - word.to);
    if (balance > 0.15 && worth > best.worth) best = { at: i + 1, worth };
  }
  if (best.at === 0) return [words];
  return [...shorten(words.slice(0, best.at)), ...shorten(words.slice(best.at))];
}
