import { expect, test } from "bun:test";
import type { TimedWord } from "../word-times.ts";
import { Agreement } from "./agreement.ts";

/** Words of half a second, one after the other; the id of a word's only token is its place. */
function words(text: string): TimedWord[] {
  return text.split(" ").map((word, i) => {
    const token = { id: i, text: ` ${word}`, p: 1, logp: 0 };
    return { text: word, spaced: true, tokens: [token], spoken: [token], from: i / 2, to: (i + 1) / 2, confidence: 1 };
  });
}

const texts = (of: readonly TimedWord[]) => of.map(({ text }) => text).join(" ");

test("two decodes settle what they begin with alike", () => {
  const agreement = new Agreement();
  agreement.add(words("ask not what our"), 3);
  expect(texts(agreement.settled)).toBe("");
  agreement.add(words("ask not what your country"), 4);
  expect(texts(agreement.settled)).toBe("ask not what");
});

test("words near the end wait, and so does the last one", () => {
  const agreement = new Agreement();
  agreement.add(words("ask not what your"), 2);
  agreement.add(words("ask not what your"), 2);
  expect(texts(agreement.settled)).toBe("ask not");
  agreement.add(words("what your"), 9);
  expect(texts(agreement.settled)).toBe("ask not what");
});

test("settled words stay, whatever a later decode says", () => {
  const agreement = new Agreement();
  agreement.add(words("ask not what"), 5);
  agreement.add(words("ask not what"), 5);
  expect(texts(agreement.add(words("you can"), 6))).toBe("ask not you can");
  expect(texts(agreement.add([], 6))).toBe("ask not");
});

test("a doubtful decode settles nothing", () => {
  const agreement = new Agreement();
  agreement.add(words("and and and and"), 9);
  agreement.doubt();
  agreement.add(words("and and and and"), 9);
  expect(texts(agreement.settled)).toBe("");
});

test("a cut divides the settled words", () => {
  const agreement = new Agreement();
  agreement.add(words("ask not what your country"), 9);
  agreement.add(words("ask not what your country"), 9);
  const rest = agreement.splitAt(1.1);
  expect([texts(agreement.settled), texts(rest.settled)]).toEqual(["ask not", "what your"]);
});
