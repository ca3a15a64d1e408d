import { expect, test } from "bun:test";
import { bareWord } from "./bare.ts";

test.each([
  ["Yep.", "yep"],
  ["I'll", "i'll"],
  ["I’ll", "i'll"],
  ["(Hello,”", "hello"],
  ["¿Qué?", "qué"],
  ["well-known;", "well-known"],
  ["123.", "123"],
  ["$1,234.50,", "$1,234.50"],
  ["-5.", "-5"],
  ["50%.", "50%"],
  ["(555) 123-4567.", "(555) 123-4567"],
  ["(555),", "(555)"],
  ["(55),", "55"],
  ["U.S.", "u.s."],
  ["Mr.", "mr"],
  ["C++,", "c++"],
  ["#1.", "#1"],
  ["john.smith@gmail.com.", "john.smith@gmail.com"],
  ["[CREDIT_CARD_1],", "[CREDIT_CARD_1]"],
  ["****!", "****"],
  ["&", "&"],
  ["—", "—"],
  ["你好。", "你好"],
  ["first.\n\n", "first"],
])("%s is bare as %s", (text, bare) => {
  expect(bareWord(text)).toBe(bare);
});
