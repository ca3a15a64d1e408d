import { describe, expect, test } from "bun:test";
import { compressionRatio, findRepeat, saysTwice } from "./repeats.ts";

const find = (text: string) => findRepeat(text.split(" "));

describe("repeats", () => {
  test("a word", () =>
    expect(find("so I said no no no no no no no")).toMatchObject({ from: 4, to: 10, period: 1, times: 7 }));
  test("a phrase, whatever its case and punctuation", () =>
    expect(find("It is. It is, it is it is and")).toMatchObject({ from: 2, to: 8, period: 2, times: 4 }));
  test("a sentence", () => {
    const sentence = "I do not know what you want from me.";
    expect(find(`Well. ${sentence} ${sentence} ${sentence}`)).toMatchObject({ period: 9, times: 3 });
    expect(find(`Well. ${sentence} ${sentence}`)).toBeUndefined();
  });
  test("a phrase said twice in a row, if people hardly ever say such a one twice", () => {
    const twice = (text: string) => saysTwice(text.split(" "));
    expect(twice("Why, it might have been. Why, it might have been.")).toBe(true);
    expect(twice("so hold on or fast hold on or fast hold out")).toBe(true);
    expect(twice("no no no no, come on come on, one two three one two three")).toBe(false);
    expect(twice("ask not what your country can do, ask what you can do")).toBe(false);
  });
  test("the largest one", () =>
    expect(find("no no no no no no and on and on and on and on and on and on")).toMatchObject({ period: 2 }));
  test.each([
    "",
    "no",
    "no no no",
    "the more the merrier the better",
    "one two three four five six seven eight nine ten",
    "buffalo buffalo buffalo buffalo buffalo",
  ])("%p is speech", (text) => expect(find(text)).toBeUndefined());
  test("a long text is judged fast", () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `w${(i * 7919) % 1013}`);
    expect(findRepeat(words)).toBeUndefined();
  });
});

describe("compression ratio", () => {
  test("as OpenAI recorded it, within what zlib implementations differ", () => {
    expect(Math.abs(compressionRatio(" Hello, world! This is a test.") - 0.8285714387893677)).toBeLessThan(0.06);
  });
  test("a loop is far above the threshold of 2.4", () => {
    expect(compressionRatio("and so on ".repeat(40))).toBeGreaterThan(8);
    expect(compressionRatio("")).toBe(0);
  });
});
