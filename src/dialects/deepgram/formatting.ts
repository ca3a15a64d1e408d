/** What the formatting parameters mean together. */
import { VerbatimError } from "../../error.ts";
import type { FormatOptions } from "../../text/formatting/format.ts";
import { Redaction } from "../../text/formatting/redact.ts";
import { parseReplacement } from "../../text/formatting/replace.ts";
import { estimateTokens, expectedTerms } from "../../text/keyterms.ts";
import type { CommonValues } from "./parameters.ts";

/** Whether texts have punctuation and words their `punctuated_word`. */
export function isPunctuated(asked: CommonValues): boolean {
  return asked.punctuate || asked.smart_format || asked.dictation || asked.detect_entities;
}

/** Whether words have speakers. */
export function isDiarized({ diarize, diarize_model }: Pick<CommonValues, "diarize" | "diarize_model">): boolean {
  return diarize || diarize_model !== undefined;
}

/** How words are formatted; the language is known when there are words. One of these serves one request or stream: it numbers what it hides. */
export function formatOptions(asked: CommonValues, { live }: { live: boolean }): Omit<FormatOptions, "language"> {
  return {
    fillers: asked.filler_words,
    dictation: asked.dictation,
    numerals: asked.numerals,
    smart: asked.smart_format,
    profanity: asked.profanity_filter,
    replacements: asked.replace.map(parseReplacement),
    ...(asked.redact.length > 0 ? { redaction: new Redaction(asked.redact, { live }) } : {}),
  };
}

const MOST_TOKENS = 500;

/** The terms that the client expects, for the recognizer. Throws when there are more than Deepgram takes. */
export function termsOf({ keyterm, keywords }: Pick<CommonValues, "keyterm" | "keywords">): string[] {
  if (estimateTokens(keyterm) > MOST_TOKENS)
    throw new VerbatimError("bad-parameter", "The key terms are too many.", {
      parameter: "keyterm",
      reason: "keyterms",
    });
  return expectedTerms(keyterm, keywords);
}
