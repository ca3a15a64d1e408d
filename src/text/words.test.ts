import { describe, expect, test } from "bun:test";
import type { DecodedToken } from "../engine/job.ts";
import { groupWords, tokenText } from "./words.ts";

/** Tokens of a text cut at `|`; `~` cuts the bytes of the character before it in two. */
function tokens(text: string): DecodedToken[] {
  return text.split("|").flatMap((piece) => {
    const [head, tail] = piece.split("~");
    if (head === undefined || tail === undefined) return [token(piece)];
    const bytes = Buffer.from(head);
    return [hexToken(bytes.subarray(0, -1)), hexToken(Buffer.concat([bytes.subarray(-1), Buffer.from(tail)]))];
  });
}
const token = (text: string): DecodedToken => ({ id: 1, text, p: 0.5, logp: Math.log(0.5) });
const hexToken = (bytes: Uint8Array): DecodedToken => ({
  id: 1,
  hex: Buffer.from(bytes).toString("hex"),
  p: 0.5,
  logp: 0,
});
const texts = (cut: string) => groupWords(tokens(cut)).map(({ text }) => text);

describe("English", () => {
  test.each([
    [" Hello|,| world|!", ["Hello,", "world!"]],
    [" don|'t| stop", ["don't", "stop"]],
    [" well|-|known| fact", ["well-known", "fact"]],
    [" 1|,|000| men| at| 10|:|30", ["1,000", "men", "at", "10:30"]],
    [" $|5|.|20| or| 50|%", ["$5.20", "or", "50%"]],
    [' "|Yes|,"| he| said', ['"Yes,"', "he", "said"]],
    [" he| said| (| aside| )", ["he", "said", "( aside )"]],
    [" and| -| so", ["and -", "so"]],
    [" -| So| it| is", ["- So", "it", "is"]],
    [" ...| and| then| ...", ["... and", "then ..."]],
    [" end| (", ["end ("]],
    [" un|belie|vable", ["unbelievable"]],
    [" na|ï~ve", ["naïve"]],
  ])("%p", (cut, words) => {
    expect(texts(cut)).toEqual(words as string[]);
  });
});

describe("scripts without spaces", () => {
  test.each([
    ["我|喜欢|音乐|。", ["我", "喜欢", "音乐。"]],
    ["我~|用|iPhone|拍照", ["我", "用", "iPhone", "拍照"]],
    ["他说|：|「|你好|」|。|再见", ["他说：", "「你好」。", "再见"]],
    ["ラ|ーメン|を", ["ラーメン", "を"]],
    ["สวัส|ดี|ครับ", ["สวัส", "ดี", "ครับ"]],
    ["好|。|Hello| there", ["好。", "Hello", "there"]],
  ])("%p", (cut, words) => {
    expect(texts(cut)).toEqual(words as string[]);
  });

  test("Korean writes spaces", () => {
    expect(texts(" 안녕|하세|요| 여러분")).toEqual(["안녕하세요", "여러분"]);
  });
});

test("the words of a text, with their spaces, are the text", () => {
  const cut = tokens(' He| said|,| "|wait| -| I| was| born| in| 19|99|."| 我~| ok| ...');
  const joined = groupWords(cut).map(({ text, spaced }) => (spaced ? " " : "") + text);
  expect(joined.join("")).toBe(tokenText(cut));
});

test("punctuation says nothing of a word's length or certainty", () => {
  const [word] = groupWords(tokens(" Hello|,"));
  expect(word?.tokens).toHaveLength(2);
  expect(word?.spoken).toHaveLength(1);
});

test("bytes that never become a character", () => {
  expect(groupWords([token(" a"), hexToken(new Uint8Array([0xe6, 0x88]))]).map(({ text }) => text)).toEqual([
    "a\uFFFD",
  ]);
  expect(groupWords([hexToken(new Uint8Array([0x80, 0x80, 0x80, 0x80]))])).toEqual([]);
  expect(groupWords([])).toEqual([]);
});
