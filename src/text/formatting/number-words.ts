/** The words that English numbers are made of. */

const words = (text: string, from: number, step = 1) =>
  text.split(" ").map((word, i): [string, number] => [word, from + i * step]);
export const ONES: ReadonlyMap<string, number> = new Map(words("zero one two three four five six seven eight nine", 0));
export const TEENS: ReadonlyMap<string, number> = new Map(
  words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10),
);
export const TENS: ReadonlyMap<string, number> = new Map(
  words("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
);
export const SCALES: ReadonlyMap<string, number> = new Map([
  ["thousand", 1e3],
  ["million", 1e6],
  ["billion", 1e9],
  ["trillion", 1e12],
]);
const ORDINAL_ONES = new Map(words("first second third fourth fifth sixth seventh eighth ninth", 1));
const ORDINAL_TEENS = new Map(
  words("tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth", 10),
);
const ORDINAL_TENS = new Map(
  words("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth", 20, 10),
);
export const ORDINAL_SCALES: ReadonlyMap<string, number> = new Map([
  ["hundredth", 100],
  ["thousandth", 1e3],
  ["millionth", 1e6],
]);
/** Words below a hundred, whether they are ordinals, and whether they may follow tens. */
const BELOW_100: readonly [words: ReadonlyMap<string, number>, ordinal: boolean, ones: boolean][] = [
  [ONES, false, true],
  [ORDINAL_ONES, true, true],
  [TEENS, false, false],
  [TENS, false, false],
  [ORDINAL_TEENS, true, false],
  [ORDINAL_TENS, true, false],
];

/** Whether a number can begin with this word: most words are none. */
export function mayBegin(key: string): boolean {
  const [first = ""] = key.split("-", 1);
  return /^\d/.test(first) || first === "a" || BELOW_100.some(([map]) => map.has(first));
}

/** A word below a hundred that may follow what the group has below a hundred: "five" after "twenty", not after "ten". */
export function below100(text: string, rest: number): { value: number; ordinal: boolean } | undefined {
  for (const [map, ordinal, isOnes] of BELOW_100) {
    const value = map.get(text);
    if (value) return rest === 0 || (isOnes && rest >= 20 && rest % 10 === 0) ? { value, ordinal } : undefined;
  }
  return undefined;
}

/** The digit that a word says. */
export function digitOf(key: string): string | undefined {
  if (/^\d$/.test(key)) return key;
  if (key === "oh" || key === "o") return "0";
  const value = ONES.get(key);
  return value === undefined ? undefined : String(value);
}
