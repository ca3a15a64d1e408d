/** Every pass over a text's words, in the order in which they need each other. */
import type { Word } from "../transcript.ts";
import { dictate } from "./dictation.ts";
import { removeFillers } from "./fillers.ts";
import { measurements } from "./measurements.ts";
import { numerals } from "./numerals.ts";
import { maskProfanity } from "./profanity.ts";
import type { Redaction } from "./redact.ts";
import { type Replacement, replaceWords } from "./replace.ts";
import { smartFormat } from "./smart.ts";

export interface FormatOptions {
  /** Whisper code; a word's own language goes before it. English has rules for words, other languages what is written in digits. */
  language: string;
  /** Keep uh, um and their like. */
  fillers?: boolean;
  /** Carry out spoken punctuation. */
  dictation?: boolean;
  /** Spoken numbers in digits. */
  numerals?: boolean;
  /** Numbers, dates, money, phone numbers and addresses in their usual shapes. */
  smart?: boolean;
  measurements?: boolean;
  /** Hide profane words. */
  profanity?: boolean;
  replacements?: readonly Replacement[];
  redaction?: Redaction;
}

/** Formats the words of one channel, or of one result of a live session. */
export function formatWords(words: readonly Word[], options: FormatOptions): Word[] {
  const { language } = options;
  let formatted = options.fillers ? [...words] : removeFillers(words, language);
  if (options.dictation) formatted = dictate(formatted, language);
  // Before numbers change their shape: what is hidden must not depend on how it would have been written.
  if (options.redaction) formatted = options.redaction.apply(formatted, language);
  if (options.measurements) formatted = measurements(formatted, language);
  if (options.smart) formatted = smartFormat(formatted, language);
  else if (options.numerals) formatted = numerals(formatted, language);
  if (options.replacements?.length) formatted = replaceWords(formatted, options.replacements);
  // Last, so that nothing can bring a word back.
  return options.profanity ? maskProfanity(formatted, language) : formatted;
}
