/** Terms that a caller expects to hear. */

/** More letters than this and a term counts as more than one token; Whisper's tokens of names are about this long. */
const LETTERS_PER_TOKEN = 4;

/**
 * The terms to show to the model, the least wanted first: it forgets the beginning of a long list. Keywords may carry a boost
 * (`snuffleupagus:2.5`); those with one of 0 or less are not wanted.
 */
export function expectedTerms(keyterms: readonly string[], keywords: readonly string[]): string[] {
  const boosted = keywords
    .map(parseKeyword)
    .filter(({ boost }) => boost > 0)
    .toSorted((a, b) => a.boost - b.boost)
    .map(({ term }) => term);
  return [...new Set([...boosted, ...keyterms.map((term) => term.trim())])].filter((term) => term !== "");
}

function parseKeyword(keyword: string): { term: string; boost: number } {
  const [, term = keyword, boost] = /^(.*):([-+]?(?:\d+\.?\d*|\.\d+))$/su.exec(keyword) ?? [];
  return { term: term.trim(), boost: boost === undefined ? 1 : Number(boost) };
}

/** About how many tokens of a model's vocabulary the terms take together. */
export function estimateTokens(terms: readonly string[]): number {
  const words = terms.flatMap((term) => term.split(/\s+/u)).filter((word) => word !== "");
  return words.reduce((sum, word) => sum + Math.ceil(Array.from(word).length / LETTERS_PER_TOKEN), 0);
}
