/** What a request asks for and does not get: said in the reply, or refused where the server is strict. */
import { VerbatimError } from "../../error.ts";
import type { InstalledModel } from "../../models/model.ts";
import type { CommonValues } from "./parameters.ts";

/** An entry of `metadata.warnings`. */
export interface Warning {
  parameter: string;
  type: "unsupported_feature" | "unsupported_language";
  message: string;
}

/** The values of any table. */
type AskedValues = CommonValues & { detect_language?: { wanted: boolean } };

const MISSING: Readonly<Record<string, string>> = {
  diarize: "Speakers are not told apart: all words are speaker 0's.",
  diarize_model: "Speakers are not told apart: all words are speaker 0's.",
  detect_entities: "Entities are not found.",
  topics: "Topics are not found.",
  custom_topic: "Topics are not found.",
  intents: "Intents are not found.",
  custom_intent: "Intents are not found.",
  sentiment: "Sentiments are not found.",
  summarize: "Texts are not summarised; one of fewer than 50 words is its own summary.",
};

/** Throws for the first of them when the server is strict. */
export function warningsOf(asked: AskedValues, model: InstalledModel, strict: boolean): Warning[] {
  const warnings = Object.entries(MISSING).flatMap(([parameter, message]): Warning[] =>
    isAsked((asked as Record<string, unknown>)[parameter]) ? [{ parameter, type: "unsupported_feature", message }] : [],
  );
  const [first] = warnings;
  if (strict && first)
    throw new VerbatimError("bad-parameter", `'${first.parameter}' is not supported by this server.`, {
      parameter: first.parameter,
    });
  return [...warnings, ...languageWarnings(asked, model)];
}

function languageWarnings(asked: AskedValues, model: InstalledModel): Warning[] {
  if (model.multilingual) return [];
  const names = [
    ...(asked.detect_language?.wanted ? ["detect_language"] : []),
    ...(asked.language?.toLowerCase() === "multi" ? ["language"] : []),
  ];
  return names.map((parameter) => ({
    parameter,
    type: "unsupported_language",
    message: "The model knows English only: everything is taken for English.",
  }));
}

function isAsked(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
