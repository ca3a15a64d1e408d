import { expect, test } from "bun:test";
import { maskProfanity } from "./profanity.ts";
import { said, spoken } from "./testing.ts";

test.each([
  ["en", "That's bullshit, damn!", "That's ********, ****!"],
  ["en", "Fucking hell.", "******* hell."],
  ["en", "a dumb-ass idea", "a dumb-*** idea"],
  ["en", "Assistant, classic, Scunthorpe, cockpit, Dickens", "Assistant, classic, Scunthorpe, cockpit, Dickens"],
  ["de", "So eine Scheiße.", "So eine *******."],
  ["es", "¡Mierda!", "¡******!"],
  ["ja", "shit", "shit"],
])("%s: %s", (language, text, masked) => {
  expect(said(maskProfanity(spoken(text), language))).toBe(masked);
});

test("a word's own language decides", () => {
  const words = spoken("merde shit").map((word, i) => ({ ...word, language: i === 0 ? "fr" : "en" }));
  expect(said(maskProfanity(words, "de"))).toBe("***** ****");
});
