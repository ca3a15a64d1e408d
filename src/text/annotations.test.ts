import { expect, test } from "bun:test";
import { hasAnnotation, isAnnotation } from "./annotations.ts";

test.each([
  " [BLANK_AUDIO]",
  " (dramatic music)",
  " (speaking in foreign language) (speaking in foreign language)",
  " *laughs*",
  " ♪",
  " ♪♪",
  " ♪ la la la ♪",
  " [Music] ...",
  " (music",
  "（笑）",
  "【音楽】",
])("%p says something about a sound", (text) => {
  expect([hasAnnotation(text), isAnnotation(text)]).toEqual([true, true]);
});

test.each([" Hello. [BLANK_AUDIO]", " (laughs) Yes.", " He said (and I agree) that", " 2 * 3 * 4"])(
  "%p says more than that",
  (text) => {
    expect([hasAnnotation(text), isAnnotation(text)]).toEqual([true, false]);
  },
);

test.each(["", " ", " Hello.", " ...", " a * b", " It is 5 o'clock."])("%p says nothing about a sound", (text) => {
  expect([hasAnnotation(text), isAnnotation(text)]).toEqual([false, false]);
});
