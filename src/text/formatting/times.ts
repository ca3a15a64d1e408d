/** "five thirty p.m." is 5:30 p.m., "eight o'clock" is 8 o'clock. */
import { readNumber } from "./numbers.ts";
import type { Rule, Token } from "./rewrite.ts";

const HALF = /^[ap]\.?m\.?$/;

export const times: Rule = (tokens, at) => {
  const hour = readNumber(tokens, at);
  if (hour === undefined || hour.ordinal || hour.value < 1 || hour.value > 12 || hour.digits.includes("."))
    return undefined;
  if (tokens[at + hour.take - 1]?.tail !== "") return undefined;
  const after = at + hour.take;
  if (tokens[after]?.key === "o'clock") return [{ take: hour.take, text: hour.digits }];
  const minutes = minutesAt(tokens, after);
  const end = after + (minutes?.take ?? 0);
  if (tokens[end - 1]?.tail !== "" || !HALF.test(tokens[end]?.key ?? "")) return undefined;
  return [{ take: end - at, text: minutes ? `${hour.digits}:${minutes.text}` : hour.digits }];
};

function minutesAt(tokens: readonly Token[], at: number): { take: number; text: string } | undefined {
  const isOh = /^(?:oh|o)$/.test(tokens[at]?.key ?? "");
  const read = readNumber(tokens, isOh ? at + 1 : at);
  if (read === undefined || read.ordinal || read.value > 59 || (isOh ? read.value > 9 : read.value < 10))
    return undefined;
  return { take: read.take + (isOh ? 1 : 0), text: read.digits.padStart(2, "0") };
}
