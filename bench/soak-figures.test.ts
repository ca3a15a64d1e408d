import { expect, test } from "bun:test";
import { Attribution, verdict } from "./soak-figures.ts";

const word = (text: string, from: number) => ({ text, from, to: from + 0.4 });
const clip = (name: string, from: number, to: number) => ({ name, from, to, reference: name });

test("words belong to the clip in or after which they lie", () => {
  const stream = new Attribution();
  stream.say(clip("one", 1, 3));
  stream.say(clip("two", 5, 7));
  for (const one of [word("a", 0.8), word("b", 3.2), word("c", 4.5)]) stream.tell(one);
  expect(stream.take(3.9, 2)).toEqual([]);
  expect(stream.take(4, 2).map(({ clip: { name }, text }) => [name, text])).toEqual([["one", "a b"]]);
  stream.tell(word("d", 6));
  expect(stream.open).toBe(1);
  expect(stream.take(100, 2).map(({ text }) => text)).toEqual(["c d"]);
  expect(stream.overlaps).toBe(0);
});

test("what is told of audio that was told before is noticed", () => {
  const stream = new Attribution();
  for (const one of [word("a", 1), word("b", 1.35), word("a", 1)]) stream.tell(one);
  expect(stream.overlaps).toBe(1);
});

test("words that come twice are noticed, unless they were said twice", () => {
  expect(verdict("one two three", "One two, one two three.")).toMatchObject({ doubled: "one two", errors: 2 });
  expect(verdict("again and again and again", "again and again and again").doubled).toBeUndefined();
  expect(verdict("one two one two", "one two one two").doubled).toBeUndefined();
  expect(verdict("the end", "the the end").doubled).toBeUndefined();
});

test("a clip without words is lost", () => {
  expect(verdict("one two", " . ")).toEqual({ errors: 2, words: 2, isLost: true, doubled: undefined });
});
