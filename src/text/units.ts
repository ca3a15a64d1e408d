/** What a line of subtitles is made of: words with their times, from a segment's words or, without them, from its text. */
import { columnsOf } from "./columns.ts";
import type { Segment } from "./transcript.ts";
import { isUnspaced } from "./words.ts";

export interface Unit {
  text: string;
  /** Whether a space stands before it. */
  spaced: boolean;
  from: number;
  to: number;
  /** Columns on a screen: a wide character takes two. */
  columns: number;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The units of a segment, none wider than `columns`. */
export function segmentUnits(segment: Segment, columns: number): Unit[] {
  const units = segment.words.length > 0 ? fromWords(segment) : fromText(segment);
  return units.flatMap((unit) => (unit.columns > columns ? split(unit, columns) : [unit]));
}

/** A word's text is a piece of the segment's text, so that tells where spaces are. */
function fromWords({ text, words }: Segment): Unit[] {
  let cursor = 0;
  return words.map((word) => {
    const at = text.indexOf(word.text, cursor);
    const spaced = at < 0 ? !isUnspaced(word.text) : at > 0 && /\s/.test(text[at - 1] ?? "");
    if (at >= 0) cursor = at + word.text.length;
    return { text: word.text, spaced, from: word.from, to: word.to, columns: columnsOf(word.text) };
  });
}

/** Without word times the segment's time is shared by width, which follows the length of speech well enough to read along. */
function fromText({ text, from, to }: Segment): Unit[] {
  const pieces = text
    .trim()
    .split(/\s+/)
    .filter((piece) => piece !== "")
    .flatMap((piece) => {
      const parts = isUnspaced(piece) ? unspacedParts(piece) : [piece];
      return parts.map((part, i) => ({ text: part, spaced: i === 0, columns: columnsOf(part) }));
    });
  const total = pieces.reduce((sum, { columns }) => sum + columns, 0);
  let done = 0;
  return pieces.map((piece) => {
    const start = from + ((to - from) * done) / total;
    done += piece.columns;
    return { ...piece, from: start, to: from + ((to - from) * done) / total };
  });
}

/** Graphemes, each with the punctuation that must not begin a line. */
function unspacedParts(text: string): string[] {
  const parts: string[] = [];
  for (const { segment } of graphemes.segment(text)) {
    const last = parts.length - 1;
    const joins = last >= 0 && (!isUnspaced(segment) || !isUnspaced(parts[last] ?? ""));
    if (joins) parts[last] += segment;
    else parts.push(segment);
  }
  return parts;
}

function split(unit: Unit, columns: number): Unit[] {
  const parts: string[] = [""];
  for (const { segment } of graphemes.segment(unit.text)) {
    if (columnsOf(`${parts.at(-1)}${segment}`) > columns) parts.push("");
    parts[parts.length - 1] += segment;
  }
  const share = (unit.to - unit.from) / parts.length;
  return parts.map((text, i) => ({
    text,
    spaced: i === 0 && unit.spaced,
    from: unit.from + share * i,
    to: unit.from + share * (i + 1),
    columns: columnsOf(text),
  }));
}

/** The text of units on one line. */
export function unitText(units: readonly Unit[]): string {
  return units.map(({ text, spaced }, i) => (spaced && i > 0 ? ` ${text}` : text)).join("");
}

/** Columns of units on one line. */
export function unitColumns(units: readonly Unit[]): number {
  return units.reduce((sum, { columns, spaced }, i) => sum + columns + (spaced && i > 0 ? 1 : 0), 0);
}
