import { expect, test } from "bun:test";
import { removeFillers } from "./fillers.ts";
import { said, spoken } from "./testing.ts";

test.each([
  ["Um, I think, uh, we should go.", "I think we should go."],
  ["um we should go", "we should go"],
  ["Um, we should go.", "We should go."],
  ["We should, um.", "We should."],
  ["Yes. Uh-huh. Mhmm. No.", "Yes. No."],
  ["Uh huh, mm-mm, nuh-uh, okay.", "Okay."],
  ["Hum a tune, drum and umbrella.", "Hum a tune, drum and umbrella."],
  ["Uh, um.", ""],
])("%s → %s", (text, rest) => {
  expect(said(removeFillers(spoken(text), "en"))).toBe(rest);
});

test("um is a word in German", () => {
  expect(said(removeFillers(spoken("Es geht um Geld."), "de"))).toBe("Es geht um Geld.");
});
