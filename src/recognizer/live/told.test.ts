import { expect, test } from "bun:test";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { TimedWord } from "../word-times.ts";
import { endOf, Told } from "./told.ts";

const seconds = (from: number, to: number) => ({ from: from * SAMPLE_RATE, to: to * SAMPLE_RATE });

/** Words of half a second, from a time on, each of so many tokens. */
function words(from: number, text: string, tokens = 1): TimedWord[] {
  return text.split(" ").map((word, i) => {
    const all = Array.from({ length: tokens }, () => ({ id: 1, text: ` ${word}`, p: 1, logp: 0 }));
    const at = from + i / 2;
    return { text: word, spaced: true, tokens: all, spoken: all, from: at, to: at + 0.5, confidence: 1 };
  });
}

/** Where the window begins, in seconds, and its first words. */
function begun(told: Told, from: number, to: number, settled: TimedWord[] = []): [number, string] {
  const { from: start, known } = told.before(seconds(from, to), settled);
  return [start / SAMPLE_RATE, known.map(({ text }) => text).join(" ")];
}

test("an utterance stands after those that are near", () => {
  const told = new Told();
  told.add(seconds(1, 2.5), words(1.2, "ask not"));
  told.add(seconds(3, 4), words(3.1, "what"));
  expect(begun(told, 4.5, 8)).toEqual([1, "ask not what"]);
  expect(begun(told, 9, 12)).toEqual([9, ""]);
});

test("no more than some seconds stand before what is new, and they begin at the longest pause", () => {
  const told = new Told();
  const long = words(0, Array.from({ length: 20 }, (_, i) => i).join(" "));
  told.add(
    seconds(0, 10),
    long.filter((_, i) => i !== 8),
  );
  const [from, known] = begun(told, 10.2, 12);
  expect(from).toBe(4.25);
  expect(known.startsWith("9 10")).toBe(true);
});

test("settled words stand before what is new of their own utterance, and the rest of them is left out", () => {
  const told = new Told();
  const settled = words(2.5, Array.from({ length: 30 }, (_, i) => i).join(" "));
  const end = endOf(seconds(2, 19), settled);
  expect(end / SAMPLE_RATE).toBe(17.5);
  const [from, known] = begun(told, 2, 19, settled);
  expect(17.5 - from).toBeWithin(4, 8.01);
  expect(known.endsWith("28 29")).toBe(true);
  expect(told.earliest(seconds(2, 19), settled)).toBeLessThanOrEqual(from * SAMPLE_RATE);
});

test("what is settled early stands after what was told", () => {
  const told = new Told();
  told.add(seconds(1, 3), words(1.2, "ask not"));
  expect(begun(told, 3.5, 6, words(3.6, "what your"))).toEqual([1, "ask not what your"]);
  expect(told.earliest(seconds(3.5, 6), [])).toBeLessThanOrEqual(SAMPLE_RATE);
  expect(told.earliest(seconds(9, 12), [])).toBe(9 * SAMPLE_RATE);
});

test("too many tokens are left out, and so is what does not fit into a window", () => {
  const told = new Told();
  told.add(seconds(0, 3), words(0, "a b c d e", 20));
  told.add(seconds(3, 4), words(3, "f", 30));
  expect(begun(told, 4, 6)[1]).toBe("b c d e f");
  expect(begun(told, 4, 32)[1]).toBe("f");
  expect(begun(told, 4, 33.1)[1]).toBe("");
});

test("an utterance without words tells nothing", () => {
  const told = new Told();
  told.add(seconds(0, 3), []);
  expect(begun(told, 3, 6)).toEqual([3, ""]);
});
