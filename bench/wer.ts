/** Word error rate with a plain English normaliser: case, punctuation, numbers in words, common abbreviations, British spellings. */
import { randomNumbers } from "./random.ts";

const ones =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const tens = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

const spellings: Record<string, string> = {
  ...{ mr: "mister", mrs: "missus", dr: "doctor", st: "saint", vs: "versus", ok: "okay", mt: "mount" },
  ...{ colour: "color", honour: "honor", favour: "favor", grey: "gray", centre: "center", theatre: "theater" },
  ...{ neighbour: "neighbor", labour: "labor", parlour: "parlor", harbour: "harbor", humour: "humor" },
  ...{ rumour: "rumor", splendour: "splendor" },
};

/** A whole number in words; years as they are said; a million and more digit by digit. */
function inWords(n: number | bigint): string {
  if (n >= 1_000_000) return [...String(n)].map((digit) => ones[Number(digit)]).join(" ");
  const value = Number(n);
  const and = (rest: number) => (rest === 0 ? "" : ` ${inWords(rest)}`);
  if (value < 20) return ones[value] as string;
  if (value < 100) return `${tens[Math.floor(value / 10)]}${and(value % 10)}`;
  if (value < 1000) return `${ones[Math.floor(value / 100)]} hundred${and(value % 100)}`;
  if (value >= 1100 && value < 2000 && value % 100 > 0)
    return `${inWords(Math.floor(value / 100))} ${inWords(value % 100)}`;
  return `${inWords(Math.floor(value / 1000))} thousand${and(value % 1000)}`;
}

const isDigit = /\p{Nd}/u;

/** The value of a decimal digit of any script: each script's ten stand in a row in Unicode. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) as number;
  let before = 0;
  while (before < 9 && isDigit.test(String.fromCodePoint(code - before - 1))) before++;
  return before;
}

/** The words of a text as they are compared. */
export function words(text: string): string[] {
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\[[^\]]*\]|\([^)]*\)/g, " ")
    .replaceAll("’", "'")
    .replaceAll("&", " and ")
    .replace(/(\p{Nd}),(\p{Nd}{3})/gu, "$1$2")
    .replace(/\p{Nd}+/gu, (number) => ` ${inWords(BigInt([...number].map(digitValue).join("")))} `)
    .replace(/[^\p{L}\p{N}_' ]+/gu, " ");
  return plain
    .split(" ")
    .map((word) => word.replace(/^'+|'+$/g, ""))
    .filter(Boolean)
    .map((word) => spellings[word] ?? word);
}

export interface Score {
  /** Words wrong, missing or too many. */
  errors: number;
  /** Words of the reference. */
  words: number;
}

/** The least number of changes from reference to hypothesis. */
export function score(reference: string, hypothesis: string): Score {
  const wanted = words(reference);
  const got = words(hypothesis);
  const row = Array.from({ length: got.length + 1 }, (_, j) => j);
  for (const [i, word] of wanted.entries()) {
    let diagonal = row[0] as number;
    row[0] = i + 1;
    for (const [j, other] of got.entries()) {
      const above = row[j + 1] as number;
      row[j + 1] = Math.min(above + 1, (row[j] as number) + 1, diagonal + (word === other ? 0 : 1));
      diagonal = above;
    }
  }
  return { errors: row[got.length] as number, words: wanted.length };
}

/** Errors per word over all clips. */
export function rate(scores: readonly Score[]): number {
  const sum = (field: keyof Score) => scores.reduce((total, one) => total + one[field], 0);
  return sum("errors") / sum("words");
}

const DRAWS = 2000;

/** The middle 95 % of what `statistic` gives over clips drawn again with replacement. The same in every run. */
export function bootstrap(clips: number, statistic: (drawn: readonly number[]) => number): [low: number, high: number] {
  const random = randomNumbers(clips);
  const values = Array.from({ length: DRAWS }, () =>
    statistic(Array.from({ length: clips }, () => Math.floor(random() * clips))),
  ).sort((a, b) => a - b);
  return [values[Math.floor(DRAWS * 0.025)] as number, values[Math.ceil(DRAWS * 0.975) - 1] as number];
}
