/** Digits that belong together however they are spoken and written: "4111 1111", "four one one one", "twelve thirty four", "555-12". */
import { readNumber } from "./numbers.ts";
import type { Token } from "./rewrite.ts";

export interface DigitRun {
  /** Words that it takes. */
  take: number;
  digits: string;
}

/** Digits in groups, as cards, phones and accounts are written, in any script. */
const GROUPS = /^\+?\(?\p{Nd}+\)?(?:[-.,/ ()]+\p{Nd}+\)?)*$/u;
/** What may stand between two groups: speakers pause, and Whisper writes a comma. */
const BETWEEN = /^[,.\-–—…]*$/;

/** Groups of one run. Who recites digits for hours gets several runs. */
export const LONGEST_RUN = 64;

/** The longest run of digits that begins at a word; every group but the last may end in a comma. */
export function digitRun(tokens: readonly Token[], at: number): DigitRun | undefined {
  let digits = "";
  let take = 0;
  for (let i = at, groups = 0; i < tokens.length && groups < LONGEST_RUN; i = at + take, groups++) {
    if (take > 0 && !(BETWEEN.test(tokens[i - 1]?.tail ?? "") && tokens[i]?.lead === "")) break;
    const group = groupAt(tokens, i, take > 0);
    if (group === undefined) break;
    digits += group.digits;
    take += group.take;
  }
  return digits === "" ? undefined : { take, digits };
}

function groupAt(tokens: readonly Token[], at: number, isInside: boolean): DigitRun | undefined {
  const key = tokens[at]?.core ?? "";
  if (GROUPS.test(key)) return { take: 1, digits: key.replace(/\P{Nd}/gu, "") };
  const spoken = tokens[at]?.key ?? "";
  if (isInside && /^(?:oh|o)$/.test(spoken)) return { take: 1, digits: "0" };
  if (/^(?:double|triple)$/.test(spoken)) return repeated(tokens, at, spoken === "double" ? 2 : 3);
  const read = readNumber(tokens, at);
  if (read === undefined) return hyphened(tokens[at]);
  return read.ordinal || read.digits.includes(".") ? undefined : { take: read.take, digits: read.digits };
}

/** "four-one-one-one", "eleven-eleven" */
function hyphened(token: Token | undefined): DigitRun | undefined {
  if (!token?.key.includes("-")) return undefined;
  const parts = token.key.split("-").map((key) => readNumber([{ ...token, key }], 0));
  if (parts.some((part) => part === undefined || part.ordinal)) return undefined;
  return { take: 1, digits: parts.map((part) => part?.digits).join("") };
}

function repeated(tokens: readonly Token[], at: number, times: number): DigitRun | undefined {
  const next = tokens[at]?.tail === "" ? readNumber(tokens, at + 1) : undefined;
  if (next === undefined || next.take !== 1 || next.digits.length !== 1) return undefined;
  return { take: 2, digits: next.digits.repeat(times) };
}
