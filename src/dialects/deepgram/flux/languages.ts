import { parseLanguage } from "../../../text/languages.ts";
import { invalidValue } from "../query.ts";

/** Whisper's codes for `language_hint`. Throws for what is no language. */
export function hintedLanguages(hints: readonly string[]): string[] {
  return hints.map((hint) => {
    const code = parseLanguage(hint);
    if (code === undefined || code === "auto") throw invalidValue("language_hint", hint);
    return code;
  });
}
