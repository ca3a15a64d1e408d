import { describe, expect, test } from "bun:test";
import type { VerbatimError } from "../../error.ts";
import { languageFor, modelUuid, quantization, shownId } from "./model.ts";

const multilingual = { id: "base-q8_0", path: "/models/base.bin", size: 1, multilingual: true };
const english = { ...multilingual, id: "base.en-q8_0", multilingual: false };

describe("languageFor", () => {
  test.each([
    ["en-US", "en"],
    ["EN_gb", "en"],
    ["english", "en"],
    ["pt-BR", "pt"],
    ["zh-HK", "zh"],
    ["zh-Hant", "zh"],
    ["nb", "no"],
    ["nl-BE", "nl"],
    ["hi-Latn", "hi"],
    ["es-419", "es"],
    ["de-CH", "de"],
    ["fil", "tl"],
    ["multi", "multi"],
    ["auto", undefined],
  ])("%s", (asked, code) => {
    expect(languageFor(asked, multilingual, "fr")).toBe(code as string);
  });

  test("none named: as the settings say", () => {
    expect(languageFor(undefined, multilingual, "fr")).toBe("fr");
    expect(languageFor(undefined, multilingual, "auto")).toBeUndefined();
  });

  test("what is no language, and what the model lacks", () => {
    for (const [asked, model] of [
      ["klingon", multilingual],
      ["fr", english],
    ] as const)
      expect(() => languageFor(asked, model, "auto")).toThrow(
        expect.objectContaining({ code: "language-unsupported" }) as unknown as VerbatimError,
      );
    expect(languageFor("multi", english, "auto")).toBe("multi");
  });
});

test("a model is named by an id that every machine gives it, and never by its path", () => {
  expect(modelUuid("base.en-q8_0")).toBe("dced574b-30f2-59e5-ad0f-d7580327eeff");
  expect(["/home/me/models/mine.bin", "C:\\models\\mine.bin", "base.en"].map(shownId)).toEqual([
    "mine.bin",
    "mine.bin",
    "base.en",
  ]);
  expect(["base.en-q8_0", "tiny-q5_1", "/a/large-v3-q4_0.bin", "base.en"].map(quantization)).toEqual([
    "8bit",
    "5bit",
    "4bit",
    null,
  ]);
});
