import { expect, test } from "bun:test";
import { type FormatOptions, formatWords } from "./format.ts";
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

/** Everything that some rule looks at, in any order. */
const VOCABULARY =
  `um, uh one two, three. four five 5 12 1,234 4111 1111-1111 (555) double oh hundred thousand million and a point
  first twenty-first second May March, of dollars cents percent per cent p.m. o'clock at dot com gmail john email slash comma period
  new line paragraph question mark milligrams feet miles hour shit … — "quoted" [SSN_1] 日本 です。 $5 50% 05/26 expires cvv phone -5 .`
    .trim()
    .split(/\s+/);

test("any words in any order: times stay in order, no text is empty, and no number escapes", () => {
  // Numbers that look random and are the same every time (Numerical Recipes' generator).
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 1000; round++) {
    const text = Array.from({ length: 1 + random(20) }, () => VOCABULARY[random(VOCABULARY.length)]).join(" ");
    const options: FormatOptions = {
      language: random(5) === 0 ? "de" : "en",
      fillers: random(2) === 0,
      dictation: random(2) === 0,
      numerals: random(2) === 0,
      smart: random(2) === 0,
      measurements: random(2) === 0,
      profanity: random(2) === 0,
      replacements:
        random(2) === 0
          ? [
              { find: "one", with: "" },
              { find: "four five", with: "a b c" },
            ]
          : [],
      redaction: new Redaction(["any-number"], { live: random(2) === 0 }),
    };
    const words = spoken(text);
    const formatted = formatWords(words, options);
    const context = `${text} → ${said(formatted)}`;
    for (const [i, word] of formatted.entries()) {
      expect([context, word.text !== "" && word.from <= word.to]).toEqual([context, true]);
      expect([context, word.from >= (formatted[i - 1]?.to ?? 0) && word.to <= words.length / 2]).toEqual([
        context,
        true,
      ]);
    }
    const digits = said(formatted).replace(/\[[A-Z_]+_\d+\]/g, "");
    // A lone "one" or "second" is a word until it stands at a month.
    expect([context, /\d{2}|[3-9]/.test(digits)]).toEqual([context, false]);
  }
});
