/** Where a text says something like a query, by the letters: recognisers misspell what they do not know. */
import { bareWord } from "./formatting/bare.ts";
import { joinWords } from "./formatting/join.ts";
import type { Word } from "./transcript.ts";

export interface SearchHit {
  /** 0..1: the share of letters that agree. */
  confidence: number;
  from: number;
  to: number;
  snippet: string;
}

const LEAST = 0.3;
const MOST_HITS = 10;
/** Letters of a query that are compared; the work grows with them. */
const LONGEST = 100;

/** The best places, best first; none shares a word with a better one. */
export function searchWords(words: readonly Word[], query: string): SearchHit[] {
  const pattern = lettersOf(query.split(/\s+/u)).text.trim().slice(0, LONGEST);
  if (pattern === "") return [];
  const { text, wordAt } = lettersOf(words.map((word) => word.text));
  const taken = new Set<number>();
  const hits: SearchHit[] = [];
  for (const { confidence, from, to } of candidates(` ${pattern} `, text, wordAt)) {
    if (hits.length === MOST_HITS) break;
    const found = words.slice(from, to + 1);
    const indexes = found.map((_, i) => from + i);
    if (indexes.some((i) => taken.has(i))) continue;
    for (const i of indexes) taken.add(i);
    hits.push({
      confidence,
      from: words[from]?.from ?? 0,
      to: words[to]?.to ?? 0,
      snippet: joinWords(found.map((word) => word.text)),
    });
  }
  return hits;
}

interface Candidate {
  confidence: number;
  /** Words, both included. */
  from: number;
  to: number;
}

/** Bare words with a space around each, and the word that each character belongs to. */
function lettersOf(texts: readonly string[]): { text: string; wordAt: number[] } {
  let text = " ";
  const wordAt = [0];
  for (const [i, word] of texts.entries()) {
    const bare = bareWord(word).replace(/[^\p{L}\p{N}\p{M}]/gu, "");
    if (bare === "") continue;
    text += `${bare} `;
    for (let k = 0; k <= bare.length; k++) wordAt.push(i);
  }
  return { text, wordAt };
}

/** Every end of a word at which something like the pattern ends, best first. */
function candidates(pattern: string, text: string, wordAt: readonly number[]): Candidate[] {
  const found: Candidate[] = [];
  const letters = pattern.trim().length;
  for (const { distance, from, to } of ends(pattern, text)) {
    const confidence = 1 - distance / letters;
    if (confidence < LEAST) continue;
    // Both ends are the spaces around words: the first belongs to the word before.
    const first = wordAt[Math.min(from + 1, wordAt.length - 1)] ?? 0;
    const last = wordAt[to] ?? 0;
    if (last >= first) found.push({ confidence, from: first, to: last });
  }
  return found.toSorted((a, b) => b.confidence - a.confidence || a.to - a.from - (b.to - b.from) || a.from - b.from);
}

/**
 * Sellers's algorithm: the least edit distance between the pattern and any part of the text that ends at a place, for every place, in one
 * pass, and where that part begins. The pattern's spaces hold it to whole words.
 */
function* ends(pattern: string, text: string): Generator<{ distance: number; from: number; to: number }> {
  const rows = pattern.length + 1;
  let distances = Uint16Array.from({ length: rows }, (_, i) => i);
  let starts = new Int32Array(rows);
  let nextDistances = new Uint16Array(rows);
  let nextStarts = new Int32Array(rows);
  for (let to = 0; to < text.length; to++) {
    const character = text.charCodeAt(to);
    nextDistances[0] = 0;
    nextStarts[0] = to + 1;
    for (let row = 1; row < rows; row++) {
      const replaced = (distances[row - 1] as number) + (pattern.charCodeAt(row - 1) === character ? 0 : 1);
      const inserted = (distances[row] as number) + 1;
      const left = (nextDistances[row - 1] as number) + 1;
      const best = Math.min(replaced, inserted, left);
      nextDistances[row] = best;
      nextStarts[row] =
        best === replaced
          ? (starts[row - 1] as number)
          : best === inserted
            ? (starts[row] as number)
            : (nextStarts[row - 1] as number);
    }
    [distances, nextDistances] = [nextDistances, distances];
    [starts, nextStarts] = [nextStarts, starts];
    if (character === 32) yield { distance: distances[rows - 1] as number, from: starts[rows - 1] as number, to };
  }
}
