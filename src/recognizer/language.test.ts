import { describe, expect, test } from "bun:test";
import { checkLanguage } from "./language.ts";

const english = { id: "base.en-q8_0", path: "", size: 0, multilingual: false };
const multilingual = { id: "base-q8_0", path: "", size: 0, multilingual: true };
const turbo = { id: "large-v3-turbo", path: "", size: 0, multilingual: true };
const ask = { client: "test", task: "transcribe" } as const;

describe("what a model cannot do is refused before any audio is read", () => {
  test("an unknown language", () => {
    const error = expect.objectContaining({ code: "bad-parameter", parameter: "language" });
    expect(() => checkLanguage({ ...ask, model: multilingual, language: "xx" })).toThrow(error);
    expect(() => checkLanguage({ ...ask, model: multilingual, languages: ["en", "tlh"] })).toThrow(error);
  });

  test("another language than English, of an English-only model: the message names the one to get", () => {
    const named = expect.objectContaining({
      code: "language-unsupported",
      message: expect.stringContaining("models pull base-q8_0"),
    });
    expect(() => checkLanguage({ ...ask, model: english, language: "de" })).toThrow(named);
    expect(() => checkLanguage({ ...ask, model: english, languages: ["de", "fr"] })).toThrow(named);
  });

  test("translation by a model that was not taught it", () => {
    expect(() => checkLanguage({ ...ask, task: "translate", model: turbo })).toThrow(
      expect.objectContaining({ code: "bad-parameter", parameter: "task" }),
    );
  });

  test("everything else passes", () => {
    checkLanguage({ ...ask, model: english });
    checkLanguage({ ...ask, model: english, language: "en", task: "translate" });
    checkLanguage({ ...ask, model: english, languages: ["de", "en"] });
    checkLanguage({ ...ask, model: multilingual, language: "yue", task: "translate" });
  });
});
