/** English numbers as they are spoken and as Whisper writes them, read as values. */
import { below100, digitOf, mayBegin, ONES, ORDINAL_SCALES, SCALES, TEENS, TENS } from "./number-words.ts";
import { keysFrom, type Token } from "./rewrite.ts";

export interface NumberRead {
  /** Words that it takes. */
  take: number;
  value: number;
  /** Its digits without separators: `1984`, `3.14`, `007`. */
  digits: string;
  ordinal: boolean;
  /** Whether it was written in digits alone. */
  written: boolean;
  /** `million` and above, where the number is a multiple of it spoken as such; `digits` is then the whole value. */
  scale?: { word: string; count: string };
}

const WRITTEN = /^(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$/;
const WRITTEN_ORDINAL = /^(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)$/;
/** "in fourteen sixty five" is a year, "about twelve fifty" may be a price. */
const SAYS_YEAR = /^(?:in|year|circa|since|until|anno|by)$/;
/** Longest number in words: "nine hundred and ninety nine trillion …" has no more. */
const MOST = 24;

/** Several rules ask for the same number, and a run of digits for each of its tails. */
const read = new WeakMap<readonly Token[], Map<number, NumberRead | undefined>>();

/** Reads the number that begins at a word. */
export function readNumber(tokens: readonly Token[], at: number): NumberRead | undefined {
  let known = read.get(tokens);
  if (known === undefined) {
    known = new Map();
    read.set(tokens, known);
  }
  if (!known.has(at)) known.set(at, readNumberAt(tokens, at));
  return known.get(at);
}

function readNumberAt(tokens: readonly Token[], at: number): NumberRead | undefined {
  if (!mayBegin(tokens[at]?.key ?? "")) return undefined;
  const keys = keysFrom(tokens, at, MOST);
  const [first = ""] = keys;
  const ordinal = WRITTEN_ORDINAL.exec(first);
  if (ordinal) return written(ordinal[1] ?? "", 1, true);
  // "twenty-five" is two words to count with, "twenty-five-year-old" is none.
  const atoms = keys.flatMap((key, i) =>
    (key.includes("-") ? key.split("-") : [key]).map((text, j, all) => ({ text, word: i, last: j === all.length - 1 })),
  );
  const found = year(atoms, SAYS_YEAR.test(tokens[at - 1]?.key ?? "")) ?? amount(atoms);
  if (found === undefined) return undefined;
  const end = atoms[found.atoms - 1];
  if (!end?.last) return undefined;
  const { value, digits, ordinal: isOrdinal = false, written: isWritten = false, scale } = found;
  return { take: end.word + 1, value, digits, ordinal: isOrdinal, written: isWritten, ...(scale ? { scale } : {}) };
}

interface Atom {
  text: string;
}
type AtomRead = Omit<NumberRead, "take" | "ordinal" | "written"> & {
  atoms: number;
  ordinal?: boolean;
  written?: boolean;
};

function written(text: string, take: number, ordinal: boolean): NumberRead {
  const digits = text.replaceAll(",", "");
  return { take, value: Number(digits), digits, ordinal, written: true };
}

/** "nineteen eighty four", "twenty oh five", "twenty twenty": centuries that are years; older ones where the word before says so. */
function year(atoms: readonly Atom[], isSaid: boolean): AtomRead | undefined {
  const first = textOf(atoms, 0);
  const century = first === "twenty" ? 20 : (TEENS.get(first) ?? 0);
  if (century < (isSaid ? 11 : 16)) return undefined;
  const second = textOf(atoms, 1);
  const small = TEENS.get(second);
  const tens = TENS.get(second);
  const ones = ONES.get(textOf(atoms, 2)) ?? 0;
  if (small !== undefined) return yearOf(century, small, 2);
  if (tens !== undefined) return yearOf(century, tens + ones, ones > 0 ? 3 : 2);
  if ((second === "oh" || second === "o") && ones > 0) return yearOf(century, ones, 3);
  return undefined;
}

function yearOf(century: number, rest: number, atoms: number): AtomRead {
  const value = century * 100 + rest;
  return { atoms, value, digits: String(value) };
}

/** "two hundred and five thousand", "a hundred", "3.5 million", "three point one four", "twenty first". */
function amount(atoms: readonly Atom[]): AtomRead | undefined {
  const whole = WRITTEN.test(textOf(atoms, 0)) ? scaled(atoms) : spoken(atoms);
  return whole === undefined || whole.ordinal ? whole : decimals(atoms, whole);
}

/** Digits, and the scale after them: "5 million". */
function scaled(atoms: readonly Atom[]): AtomRead {
  const digits = textOf(atoms, 0).replaceAll(",", "");
  const word = textOf(atoms, 1);
  const factor = word === "hundred" ? 100 : SCALES.get(word);
  if (factor === undefined) return { atoms: 1, value: Number(digits), digits, written: true };
  return times({ atoms: 1, value: Number(digits), digits }, word, factor);
}

function times({ atoms, value, digits }: AtomRead, word: string, factor: number): AtomRead {
  const product = Math.round(value * factor);
  const scale = factor >= 1e6 ? { scale: { word, count: digits } } : {};
  return { atoms: atoms + 1, value: product, digits: String(product), ...scale };
}

function spoken(atoms: readonly Atom[]): AtomRead | undefined {
  if (textOf(atoms, 0) === "zero") return { atoms: 1, value: 0, digits: "0" };
  /** What is complete, in thousands and above, and what is below the next scale. */
  let total = 0;
  let group = 0;
  let limit = Number.POSITIVE_INFINITY;
  let end = 0;
  let scale: AtomRead["scale"];
  let at = 0;
  if (textOf(atoms, 0) === "a" && /^(?:hundred|thousand|million|billion)$/.test(textOf(atoms, 1))) {
    group = 1;
    at = 1;
  }
  for (; at < atoms.length; at++) {
    const text = textOf(atoms, at);
    const small = below100(text, group % 100);
    const factor = SCALES.get(text);
    if (small !== undefined) {
      group += small.value;
      if (small.ordinal) return { atoms: at + 1, value: total + group, digits: String(total + group), ordinal: true };
    } else if (text === "hundred" && group > 0 && group < 100) group *= 100;
    else if (factor !== undefined && group > 0 && factor < limit) {
      scale = factor >= 1e6 && total === 0 ? { word: text, count: String(group) } : undefined;
      total += group * factor;
      limit = factor;
      group = 0;
    } else if (text === "and" && joins(atoms, at)) continue;
    else {
      const ending = ORDINAL_SCALES.get(text);
      if (ending === undefined || group === 0) break;
      const value = total + group * ending;
      return { atoms: at + 1, value, digits: String(value), ordinal: true };
    }
    end = at + 1;
  }
  if (end === 0) return undefined;
  const value = total + group;
  return { atoms: end, value, digits: String(value), ...(scale && group === 0 ? { scale } : {}) };
}

/** Whether "and" stands inside a number: after a hundred or a scale and before less than a hundred. */
function joins(atoms: readonly Atom[], at: number): boolean {
  const before = textOf(atoms, at - 1);
  return (before === "hundred" || SCALES.has(before)) && below100(textOf(atoms, at + 1), 0) !== undefined;
}

function textOf(atoms: readonly Atom[], at: number): string {
  return atoms[at]?.text ?? "";
}

/** "three point one four", "two point five million" */
function decimals(atoms: readonly Atom[], whole: AtomRead): AtomRead {
  if (textOf(atoms, whole.atoms) !== "point" || whole.digits.includes(".")) return whole;
  let digits = "";
  let at = whole.atoms + 1;
  for (let digit = digitOf(textOf(atoms, at)); digit !== undefined; digit = digitOf(textOf(atoms, ++at)))
    digits += digit;
  if (digits === "") return whole;
  const count = `${whole.digits}.${digits}`;
  const read = { atoms: at, value: Number(count), digits: count };
  const word = textOf(atoms, at);
  const factor = SCALES.get(word);
  return factor === undefined ? read : times(read, word, factor);
}

/** Single digits spoken one after another ("five five five oh one"), at least three of them. */
export function readDigits(tokens: readonly Token[], at: number): NumberRead | undefined {
  const keys = keysFrom(tokens, at, 40);
  let digits = "";
  let take = 0;
  let hasWords = false;
  while (take < keys.length) {
    const key = keys[take] ?? "";
    const times = key === "double" ? 2 : key === "triple" ? 3 : 1;
    const digit = digitOf(keys[times > 1 ? take + 1 : take] ?? "");
    if (digit === undefined) break;
    hasWords ||= !/^\d$/.test(key);
    digits += digit.repeat(times);
    take += times > 1 ? 2 : 1;
  }
  // "oh" is a digit among digits, and a word elsewhere.
  if (digits.length < 3 || keys[0] === "oh" || keys[0] === "o") return undefined;
  return { take, value: Number(digits), digits, ordinal: false, written: !hasWords };
}

/** `1st`, `22nd`, `113th` */
export function ordinalText(value: number): string {
  const tens = value % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th");
  return `${value}${suffix}`;
}
