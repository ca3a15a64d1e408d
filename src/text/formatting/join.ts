/** Words as one text again. */
import { isUnspaced } from "../words.ts";

/** Marks that stand at the word before them, where one stands alone. */
const CLOSING = /^[,.;:!?…%)\]}、。，．！？；：」』）》〉】〕]/u;
const WIDE = /[、。，．！？；：「」『』（）《》〈〉【】〔〕]/u;

/** Joins texts of words as their script does: with spaces, except between characters of scripts that have none and after a line's end. */
export function joinWords(texts: readonly string[]): string {
  let joined = "";
  for (const text of texts) {
    if (text === "") continue;
    joined += needsSpace(joined, text) ? ` ${text}` : text;
  }
  return joined;
}

function needsSpace(before: string, text: string): boolean {
  if (before === "" || /\s$/u.test(before) || /^\s/u.test(text)) return false;
  if (CLOSING.test(text) && !/[\p{L}\p{N}]/u.test(text)) return false;
  const last = Array.from(before.slice(-2)).at(-1) ?? "";
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0);
  const wide = [last, first].map((character) => isUnspaced(character) || WIDE.test(character));
  // A number stands close to the characters that count with it.
  if (wide[0] && wide[1]) return false;
  return !((wide[0] && /\p{Nd}/u.test(first)) || (wide[1] && /\p{Nd}/u.test(last)));
}
