import { expect, test } from "bun:test";
import { readFluxControl } from "./control.ts";

const read = (message: unknown) => readFluxControl(JSON.stringify(message));

test("what a client may say of turns", () => {
  expect(read({ type: "CloseStream" })).toEqual({ type: "CloseStream" });
  expect(read({ type: "ForceEndTurn" })).toEqual({ type: "ForceEndTurn" });
  const thresholds = { eot_threshold: 0.8, eager_eot_threshold: 0.5, eot_timeout_ms: 700 };
  const more = { keyterms: ["a"], language_hints: ["de"], numerals: true };
  expect(read({ type: "Configure", thresholds, ...more })).toEqual({
    type: "Configure",
    change: {
      thresholds: { endOfTurn: 0.8, eager: 0.5, timeout: 700 },
      keyterms: ["a"],
      hints: ["de"],
      numerals: true,
    },
  });
  const taken = read({ type: "Configure", thresholds: { eager_eot_threshold: null } });
  expect(taken).toStrictEqual({ type: "Configure", change: { thresholds: { eager: undefined } } });
});

test("what it may not say", () => {
  for (const type of ["KeepAlive", "Finalize", "", 1]) expect(read({ type })).toEqual({ type: "unparsable" });
  for (const message of ["", "x", "[]", `"${"x".repeat(70_000)}"`])
    expect(readFluxControl(message)).toEqual({ type: "unparsable" });
  for (const wish of [
    { thresholds: { eot_threshold: 0.4 } },
    { thresholds: { eager_eot_threshold: 1 } },
    { thresholds: { eot_timeout_ms: "700" } },
    { thresholds: [] },
    { keyterms: "a" },
    { language_hints: [1] },
    { numerals: 1 },
  ])
    expect(read({ type: "Configure", ...wish })).toEqual({ type: "impossible" });
});
