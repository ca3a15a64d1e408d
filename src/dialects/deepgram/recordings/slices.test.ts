import { describe, expect, test } from "bun:test";
import type { Word } from "../../../text/transcript.ts";
import { slicesOf } from "./slices.ts";

const words = (...texts: string[]): Word[] => texts.map((text, i) => ({ text, from: i, to: i + 0.9, confidence: 1 }));
const sentence = "They came and sat down at the table and were glad of it.".split(" ");
const many = (times: number, ...texts: string[]) => Array.from({ length: times }, () => texts).flat();

describe("slicesOf", () => {
  test("keeps every word, and cuts a long text at ends of sentences", () => {
    const text = words(...many(300, ...sentence));
    const slices = slicesOf(text, "en");
    expect(slices.flat()).toEqual(text);
    expect(slices.length).toBeGreaterThan(5);
    for (const slice of slices) {
      expect(slice.at(-1)?.text).toBe("it.");
      expect(slice.length).toBeLessThan(600);
    }
  });

  test("a short text is one slice, and so is none", () => {
    expect(slicesOf(words(...sentence), "en")).toHaveLength(1);
    expect(slicesOf([], "en")).toEqual([[]]);
  });

  test("never near a number, in digits or in words, nor in the middle of a sentence", () => {
    for (const end of ["It is 4111 1111.", "It is forty one eleven.", "They are two."]) {
      const text = words(...many(300, ..."Now hear me, and".split(" "), ...end.split(" ")));
      expect(slicesOf(text, "en")).toHaveLength(1);
    }
    expect(slicesOf(words(...many(2000, "and")), "en")).toHaveLength(1);
  });
});
