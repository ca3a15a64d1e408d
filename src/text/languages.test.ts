import { expect, test } from "bun:test";
import { LANGUAGES, languageName, parseLanguage } from "./languages.ts";

test("Whisper's hundred languages, each code once", () => {
  expect(LANGUAGES).toHaveLength(100);
  const keys = LANGUAGES.flatMap(({ code, name, aliases }) => [...new Set([code, name, ...aliases])]);
  expect(new Set(keys).size).toBe(keys.length);
});

test("names are the ones OpenAI's API answers with", () => {
  expect(languageName("en")).toBe("english");
  expect(languageName("ht")).toBe("haitian creole");
  expect(languageName("my")).toBe("myanmar");
  expect(languageName("yue")).toBe("cantonese");
});

test.each([
  ["en", "en"],
  ["EN", "en"],
  [" English ", "en"],
  ["eng", "en"],
  ["pt-BR", "pt"],
  ["en_US", "en"],
  ["zh-Hans-CN", "zh"],
  ["cmn-Hans", "zh"],
  ["zh-yue-HK", "yue"],
  ["yue", "yue"],
  ["iw", "he"],
  ["jv", "jw"],
  ["nb-NO", "no"],
  ["nn", "nn"],
  ["fil-PH", "tl"],
  ["Haitian Creole", "ht"],
  ["haitian-creole", "ht"],
  ["castilian", "es"],
  ["", "auto"],
  ["auto", "auto"],
])("%p is %p", (text, code) => {
  expect(parseLanguage(text)).toBe(code);
});

test.each(["xx", "klingon", "e", "english please", "12", "--", "en;drop", "constructor", "de-"])(
  "%p is no language",
  (text) => {
    expect(parseLanguage(text)).toBeUndefined();
  },
);
