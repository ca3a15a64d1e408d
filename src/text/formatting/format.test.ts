import { expect, test } from "bun:test";
import { formatWords } from "./format.ts";
import { Redaction } from "./redact.ts";
import { said, spoken } from "./testing.ts";

const text =
  "Um, my shitty card comma four one one one 1111 1111 1111, costs nine hundred dollars for five milligrams.";

test("nothing asked for: fillers go, the rest stays", () => {
  expect(said(formatWords(spoken(text), { language: "en" }))).toBe(
    "My shitty card comma four one one one 1111 1111 1111, costs nine hundred dollars for five milligrams.",
  );
  expect(said(formatWords(spoken(text), { language: "en", fillers: true }))).toBe(text);
});

test("all passes together", () => {
  const redaction = new Redaction(["credit-card"]);
  const words = formatWords(spoken(text), {
    language: "en",
    dictation: true,
    smart: true,
    measurements: true,
    profanity: true,
    replacements: [{ find: "costs", with: "which cost" }],
    redaction,
  });
  expect(said(words)).toBe("My ****** card, [CREDIT_CARD_1], which cost $900 for 5 mg.");
  for (const [i, word] of words.entries()) {
    expect(word.to).toBeGreaterThanOrEqual(word.from);
    expect(word.from).toBeGreaterThanOrEqual(words[i - 1]?.to ?? 0);
  }
});

test("a replacement cannot bring a hidden word back", () => {
  const words = formatWords(spoken("you duck"), {
    language: "en",
    profanity: true,
    replacements: [{ find: "duck", with: "dumbass" }],
  });
  expect(said(words)).toBe("you *******");
});

test("no words, no harm", () => {
  const redaction = new Redaction(["number"], { live: true });
  expect(formatWords([], { language: "en", smart: true, dictation: true, redaction })).toEqual([]);
});
