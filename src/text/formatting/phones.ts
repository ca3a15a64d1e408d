/** Phone numbers of the North American plan: "five five five, one two three, four five six seven" is 555-123-4567. */
import { digitRun } from "./digit-run.ts";
import type { Rule } from "./rewrite.ts";

/** Area codes and exchanges do not begin with 0 or 1; a leading 1 is the country. */
const TEN = /^(1?)([2-9]\d{2})([2-9]\d{2})(\d{4})$/;
const SEVEN = /^([2-9]\d{2})(\d{4})$/;
/** Words before seven digits that say what they are. */
const CONTEXT = /^(?:phone|telephone|cell|mobile|fax|call|dial|text|reach|number)$/;
const NEAR = 6;

export const phones: Rule = (tokens, at) => {
  const run = digitRun(tokens, at);
  if (run === undefined) return undefined;
  const isPhone = tokens.slice(Math.max(0, at - NEAR), at).some(({ key }) => CONTEXT.test(key));
  // Ten digits that are written as one word may be anything.
  if (run.take === 1 && !(isPhone && /^\d+$/.test(tokens[at]?.core ?? ""))) return undefined;
  if (isCounting(run.digits)) return undefined;
  const [, country, area, exchange, line] = TEN.exec(run.digits) ?? [];
  if (area !== undefined) return [{ take: run.take, text: `${country ? "1-" : ""}${area}-${exchange}-${line}` }];
  const [, first, second] = SEVEN.exec(run.digits) ?? [];
  return first !== undefined && isPhone ? [{ take: run.take, text: `${first}-${second}` }] : undefined;
};

/** "One, two, three, … ten": eleven digits that are no number. */
function isCounting(digits: string): boolean {
  return [1, 2].some((length) => {
    const first = Number(digits.slice(0, length));
    let counted = "";
    for (let number = first; counted.length < digits.length; number++) counted += number;
    return counted === digits;
  });
}
