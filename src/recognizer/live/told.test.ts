import { expect, test } from "bun:test";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { TimedWord } from "../word-times.ts";
import { earliest, endOf, FINAL, PARTIAL, reachOfFinal, Told } from "./told.ts";

const seconds = (from: number, to: number) => ({ from: from * SAMPLE_RATE, to: to * SAMPLE_RATE });

/** Words of half a second, from a time on, each of so many tokens. */
function words(from: number, text: string, tokens = 1): TimedWord[] {
  return text.split(" ").map((word, i) => {
    const all = Array.from({ length: tokens }, () => ({ id: 1, text: ` ${word}`, p: 1, logp: 0 }));
    const at = from + i / 2;
    return { text: word, spaced: true, tokens: all, spoken: all, from: at, to: at + 0.5, confidence: 1 };
  });
}

/** Told of a span, in whose audio each sample is the second that it belongs to, and where somebody speaks throughout. */
function tell(told: Told, from: number, to: number, said: TimedWord[]): void {
  const span = seconds(from, to);
  const kept = Told.kept(span);
  const pcm = Float32Array.from({ length: kept.to - kept.from }, (_, i) => Math.floor((kept.from + i) / SAMPLE_RATE));
  told.add({ span, words: said, pcm, voiced: [kept] });
}

const EIGHT = { ...FINAL, most: 8 * SAMPLE_RATE };

/** Where the window begins, in seconds, and its first words. */
function begun(told: Told, from: number, to: number, settled: TimedWord[] = [], reach = EIGHT): [number, string] {
  const { before, from: own, known } = told.before(seconds(from, to), settled, reach);
  return [(before[0]?.from ?? own) / SAMPLE_RATE, known.map(({ text }) => text).join(" ")];
}

test("an utterance stands after those that were told, without the silences between them", () => {
  const told = new Told();
  tell(told, 1, 2.5, words(1.2, "ask not"));
  tell(told, 3, 4, words(3.1, "what"));
  expect(begun(told, 4.5, 8)).toEqual([1, "ask not what"]);
  // Five seconds later it is the same window.
  const { before, from } = told.before(seconds(9, 12), [], EIGHT);
  expect(from).toBe(9 * SAMPLE_RATE);
  expect(before.map(({ from, pcm }) => [from / SAMPLE_RATE, pcm.length / SAMPLE_RATE])).toEqual([
    [1, 1.5],
    [3, 1],
  ]);
  expect(before[1]?.voiced).toEqual([seconds(3, 4)]);
});

test("after a very long pause somebody says something else", () => {
  const told = new Told();
  tell(told, 1, 2.5, words(1.2, "ask not"));
  expect(begun(told, 32, 34)).toEqual([1, "ask not"]);
  expect(begun(told, 33, 35)).toEqual([33, ""]);
  told.forget(32 * SAMPLE_RATE);
  expect(begun(told, 32, 34)).toEqual([1, "ask not"]);
  told.forget(33 * SAMPLE_RATE);
  expect(begun(told, 32, 34)).toEqual([32, ""]);
});

test("a partial begins by itself after a pause", () => {
  const told = new Told();
  tell(told, 1, 2.5, words(1.2, "ask not"));
  expect(begun(told, 3.9, 5, [], PARTIAL)).toEqual([1, "ask not"]);
  expect(begun(told, 4.1, 5, [], PARTIAL)).toEqual([4.1, ""]);
});

test("no more than some seconds stand before what is new, and they begin at the longest pause", () => {
  const told = new Told();
  const long = words(0, Array.from({ length: 20 }, (_, i) => i).join(" "));
  tell(
    told,
    0,
    10,
    long.filter((_, i) => i !== 8),
  );
  const [from, known] = begun(told, 10.2, 12);
  expect(from).toBe(4.25);
  expect(known.startsWith("9 10")).toBe(true);
  const { before } = told.before(seconds(10.2, 12), [], EIGHT);
  expect(before[0]?.pcm[0]).toBe(4);
  expect(before[0]?.pcm.length).toBe(5.75 * SAMPLE_RATE);
  expect(before[0]?.voiced).toEqual([seconds(4.25, 10)]);
});

test("a final takes more than a partial, and what no final takes is not kept", () => {
  const told = new Told();
  for (let at = 0; at < 60; at += 3) tell(told, at, at + 2, words(at, "a b c d"));
  // Half of the most: no pause is longer than another.
  expect(begun(told, 60, 62, [], PARTIAL)[0]).toBe(54);
  expect(begun(told, 60, 62, [], FINAL)[0]).toBe(48);
  // 16 seconds of speech, in 24 with the silences.
  expect(begun(told, 60, 62, [], { ...FINAL, most: 60 * SAMPLE_RATE })[0]).toBe(36);
  expect(Told.kept(seconds(2, 30))).toEqual(seconds(14, 30));
});

test("a final takes less when partials take long, and when its endpoint is near", () => {
  expect(reachOfFinal(0, 140)).toEqual(FINAL);
  expect(reachOfFinal(0.4 * SAMPLE_RATE, 140)).toEqual(FINAL);
  expect(reachOfFinal(0.8 * SAMPLE_RATE, 140)).toEqual({ ...FINAL, most: FINAL.most / 2 });
  expect(reachOfFinal(20 * SAMPLE_RATE, 140)).toEqual({ ...FINAL, most: 4 * SAMPLE_RATE });
  expect(reachOfFinal(0, 136)).toEqual({ ...FINAL, most: PARTIAL.most });
});

test("settled words stand before what is new of their own utterance, and the rest of them is left out", () => {
  const told = new Told();
  const settled = words(2.5, Array.from({ length: 30 }, (_, i) => i).join(" "));
  const end = endOf(seconds(2, 19), settled);
  expect(end / SAMPLE_RATE).toBe(17.5);
  const [from, known] = begun(told, 2, 19, settled);
  expect(17.5 - from).toBeWithin(4, 8.01);
  expect(known.endsWith("28 29")).toBe(true);
  const [early] = begun(told, 2, 19, settled, FINAL);
  expect(earliest(seconds(2, 19), settled)).toBeLessThanOrEqual(early * SAMPLE_RATE);
});

test("what is settled early stands after what was told", () => {
  const told = new Told();
  tell(told, 1, 3, words(1.2, "ask not"));
  expect(begun(told, 3.5, 6, words(3.6, "what your"))).toEqual([1, "ask not what your"]);
  expect(earliest(seconds(3.5, 6), [])).toBe(3.5 * SAMPLE_RATE);
});

test("too many tokens are left out, and so is what does not fit into a window", () => {
  const told = new Told();
  tell(told, 0, 3, words(0, "a b c d e", 20));
  tell(told, 3, 4, words(3, "f", 30));
  expect(begun(told, 4, 6)[1]).toBe("b c d e f");
  expect(begun(told, 4, 32)[1]).toBe("f");
  expect(begun(told, 4, 33.1)[1]).toBe("");
});

test("an utterance without words tells nothing", () => {
  const told = new Told();
  tell(told, 0, 3, []);
  expect(begun(told, 3, 6)).toEqual([3, ""]);
});
