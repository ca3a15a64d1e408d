import { expect, test } from "bun:test";
import { estimateTokens, expectedTerms } from "./keyterms.ts";

test("the most wanted terms come last; those not wanted do not come", () => {
  const keywords = ["Verbatim:5", "minor", "unwanted:-3", "none:0", "half:0.5", "with: colon", "time 10:30:2"];
  expect(expectedTerms(["Silero VAD", " minor ", ""], keywords)).toEqual([
    "half",
    "minor",
    "with: colon",
    "time 10:30",
    "Verbatim",
    "Silero VAD",
  ]);
});

test("long terms count as more tokens", () => {
  expect(estimateTokens([])).toBe(0);
  expect(estimateTokens(["tea"])).toBe(1);
  expect(estimateTokens(["snuffleupagus is here"])).toBe(4 + 1 + 1);
  expect(estimateTokens(Array.from({ length: 501 }, () => "a"))).toBe(501);
});
