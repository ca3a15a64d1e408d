/** Units of measurement in their short forms: "five milligrams" is 5 mg, "sixty miles per hour" is 60 mph. */
import type { Word } from "../transcript.ts";
import { readNumber } from "./numbers.ts";
import { keysFrom, type Piece, type Rule, rewrite, type Token } from "./rewrite.ts";

const METRIC: readonly [prefix: string, short: string][] = [
  ["nano", "n"],
  ["micro", "mc"],
  ["milli", "m"],
  ["centi", "c"],
  ["deci", "d"],
  ["kilo", "k"],
];
const BASES: readonly [name: RegExp, short: string][] = [
  [/^grams?$/, "g"],
  [/^met(?:er|re)s?$/, "m"],
  [/^lit(?:er|re)s?$/, "L"],
];
/** Units of several words first. */
const UNITS: readonly [name: string, short: string][] = [
  ["miles per hour", "mph"],
  ["mile per hour", "mph"],
  ["miles per gallon", "mpg"],
  ["kilometers per hour", "km/h"],
  ["kilometres per hour", "km/h"],
  ["meters per second", "m/s"],
  ["metres per second", "m/s"],
  ["beats per minute", "bpm"],
  ["pounds per square inch", "psi"],
  ["parts per million", "ppm"],
  ["degrees celsius", "°C"],
  ["degree celsius", "°C"],
  ["degrees centigrade", "°C"],
  ["degrees fahrenheit", "°F"],
  ["degree fahrenheit", "°F"],
  ["square feet", "sq ft"],
  ["square foot", "sq ft"],
  ["square meters", "m²"],
  ["square metres", "m²"],
  ["square kilometers", "km²"],
  ["square miles", "sq mi"],
  ["cubic centimeters", "cc"],
  ["cubic centimetres", "cc"],
  ["cubic meters", "m³"],
  ["cubic metres", "m³"],
  ["fluid ounces", "fl oz"],
  ["fluid ounce", "fl oz"],
  ["inch", "in"],
  ["inches", "in"],
  ["foot", "ft"],
  ["feet", "ft"],
  ["yard", "yd"],
  ["yards", "yd"],
  ["mile", "mi"],
  ["miles", "mi"],
  ["ounce", "oz"],
  ["ounces", "oz"],
  ["pound", "lb"],
  ["pounds", "lb"],
  ["gallon", "gal"],
  ["gallons", "gal"],
  ["hertz", "Hz"],
  ["kilohertz", "kHz"],
  ["megahertz", "MHz"],
  ["gigahertz", "GHz"],
  ["watts", "W"],
  ["kilowatts", "kW"],
  ["kilowatt hours", "kWh"],
  ["volts", "V"],
  ["milliseconds", "ms"],
  ["kilobytes", "kB"],
  ["megabytes", "MB"],
  ["gigabytes", "GB"],
  ["terabytes", "TB"],
];
const LONGEST = Math.max(...UNITS.map(([name]) => name.split(" ").length));

/** Shortens the units behind numbers in English words; units that mean nothing else are shortened everywhere. */
export function measurements(words: readonly Word[], language: string): Word[] {
  return rewrite(words, language, [measured]);
}

const measured: Rule = (tokens, at) => {
  const read = readNumber(tokens, at);
  if (read === undefined || read.ordinal) return prefixed(tokens[at]);
  const isJoined = tokens[at + read.take - 1]?.tail === "";
  const unit = isJoined ? unitAt(tokens, at + read.take) : undefined;
  if (unit === undefined) return undefined;
  const number = read.take === 1 && read.written ? (tokens[at]?.core ?? "") : read.digits;
  return [{ take: read.take, text: number }, unit, ...per(tokens, at + read.take + unit.take)];
};

/** "milligrams" is a unit without a number, too. */
function prefixed(token: Token | undefined): readonly Piece[] | undefined {
  const text = metric(token?.key ?? "");
  return text === undefined || text.length < 2 ? undefined : [{ take: 1, text }];
}

/** "milligrams per deciliter": the second unit follows the first. */
function per(tokens: readonly Token[], at: number): readonly Piece[] {
  const [word, unit = ""] = keysFrom(tokens, at, 2);
  const text = metric(unit);
  const isJoined = tokens[at - 1]?.tail === "";
  return word === "per" && isJoined && text !== undefined
    ? [
        { take: 1, text: tokens[at]?.core ?? "" },
        { take: 1, text },
      ]
    : [];
}

function unitAt(tokens: readonly Token[], at: number): Piece | undefined {
  const keys = keysFrom(tokens, at, LONGEST);
  for (let take = keys.length; take > 0; take--) {
    const name = keys.slice(0, take).join(" ");
    const short = UNITS.find(([unit]) => unit === name)?.[1] ?? metric(name);
    if (short !== undefined) return { take, text: short };
  }
  return undefined;
}

function metric(name: string): string | undefined {
  const [prefix, short] = METRIC.find(([start]) => name.startsWith(start)) ?? ["", ""];
  const base = BASES.find(([unit]) => unit.test(name.slice(prefix.length)))?.[1];
  return base === undefined ? undefined : `${short}${base}`;
}
