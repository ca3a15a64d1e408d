import type { Word } from "./transcript.ts";

/** Seconds: far less than audio time is exact to, and more than its sums are off by. */
const EXACT = 1e-6;

/** Words in groups: a pause of `gap` seconds ends one, and so does another speaker. */
export function toUtterances(words: readonly Word[], gap: number): Word[][] {
  const utterances: Word[][] = [];
  let previous: Word | undefined;
  for (const word of words) {
    const isNew = previous === undefined || word.from - previous.to >= gap - EXACT || word.speaker !== previous.speaker;
    if (isNew) utterances.push([word]);
    else utterances.at(-1)?.push(word);
    previous = word;
  }
  return utterances;
}
