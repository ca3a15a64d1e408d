import { expect, test } from "bun:test";
import { toSentences } from "./sentences.ts";

/** Words of 0.3 s; `_` is a pause of 0.4 s, `|` one of 2 s. */
function timed(text: string, length = 0.3) {
  let at = 0;
  return text.split(" ").flatMap((word) => {
    if (word === "_" || word === "|") {
      at += word === "_" ? 0.4 : 2;
      return [];
    }
    at += length;
    return [{ text: word, from: at - length, to: at }];
  });
}
const sentences = (text: string, length?: number) =>
  toSentences(timed(text, length)).map((group) => group.map((word) => word.text).join(" "));

test("sentences", () => {
  expect(sentences('He left. "Why?" she said. Nobody knew')).toEqual([
    "He left.",
    '"Why?"',
    "she said.",
    "Nobody knew",
  ]);
  expect(sentences("她来了。 我走了！")).toEqual(["她来了。", "我走了！"]);
  expect(toSentences([])).toEqual([]);
});

test("a full stop after an abbreviation ends nothing, unless a pause says so", () => {
  expect(sentences("I met Mr. Hale and Dr. J. Watson. Then")).toEqual(["I met Mr. Hale and Dr. J. Watson.", "Then"]);
  expect(sentences("It was Ed. _ He left.")).toEqual(["It was Ed.", "He left."]);
});

test("a long pause ends a segment", () => {
  expect(sentences("and then | nothing came")).toEqual(["and then", "nothing came"]);
});

test("a long sentence is broken at a clause, and at any word when it goes on and on", () => {
  const half = "one two three four five six seven eight nine ten eleven twelve";
  expect(sentences(`${half}, ${half}`, 0.7)).toEqual([`${half},`, half]);
  const endless = sentences(Array.from({ length: 100 }, (_, i) => `word${i}`).join(" "), 0.5);
  expect(endless.length).toBeGreaterThan(2);
  expect(endless.join(" ").split(" ")).toHaveLength(100);
});
