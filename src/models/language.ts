import { VerbatimError } from "../error.ts";
import { multilingualCounterpart } from "./catalogue.ts";
import type { InstalledModel } from "./model.ts";

/** Throws `language-unsupported`, and says which model to get, when an English-only model is asked for another language. */
export function requireLanguage(model: InstalledModel, language: string | undefined): void {
  if (model.multilingual || language === undefined || language === "auto" || language === "en") return;
  const other = multilingualCounterpart(model.id);
  throw new VerbatimError(
    "language-unsupported",
    `The model ${model.id} knows English only, not ${language}. Run: verbatim models pull ${other}, and ask for the model ${other}.`,
    { parameter: "language" },
  );
}
