import { expect, test } from "bun:test";
import { joinWords } from "./join.ts";

test.each([
  [["Hello,", "world."], "Hello, world."],
  [["今日", "は", "晴れ", "です。"], "今日は晴れです。"],
  [["3", "月", "5", "日"], "3月5日"],
  [["我", "用", "Python", "写"], "我用 Python 写"],
  [["Best", ",", "Bob"], "Best, Bob"],
  [["Dear", "John,\n\n", "Thank", "you."], "Dear John,\n\nThank you."],
  [["", "alone", ""], "alone"],
  [[], ""],
])("%p is %p", (texts, joined) => {
  expect(joinWords(texts)).toBe(joined);
});
