import { expect, test } from "bun:test";
import { Finalizes } from "./finalizes.ts";

test("a wish that is said again before more audio came is one wish", () => {
  const wishes = new Finalizes();
  expect(wishes.add(undefined, 2)).toBe(true);
  expect(wishes.add(undefined, 2)).toBe(false);
  expect(wishes.add(undefined, 2)).toBe(false);
  wishes.audio();
  expect(wishes.add(undefined, 2)).toBe(true);
  expect(wishes.add(1, 2)).toBe(true);
  expect([0, 1, 1, 0, 1, 1].map((channel) => wishes.answered(channel))).toEqual([2, 2, 0, 0, 0, 0]);
});

test("a wish that has its answer is over", () => {
  const wishes = new Finalizes();
  wishes.add(undefined, 1);
  expect(wishes.answered(0)).toBe(0);
  expect(wishes.add(undefined, 1)).toBe(true);
});

test("a wish for one channel waits for that one", () => {
  const wishes = new Finalizes();
  wishes.add(1, 2);
  wishes.add(1, 2);
  expect(wishes.answered(0)).toBe(0);
  expect(wishes.answered(1)).toBe(1);
});
