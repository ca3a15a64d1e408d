/**
 * Sensitive words replaced by labels: `[CREDIT_CARD_1]`. What is said twice has the same label twice. Where it is not certain whether a
 * number is meant, it is hidden.
 */
import type { Word } from "../transcript.ts";
import { digitRun, LONGEST_RUN } from "./digit-run.ts";
import { mergeWords, type Token, tokensOf } from "./rewrite.ts";
import { type Found, isCut, type RedactionKind, sensitiveAt } from "./sensitive.ts";

export interface RedactionOptions {
  /** Words come in pieces: digits where a piece begins or ends may be half of a number, and are hidden, too. */
  live?: boolean;
}

/** Hides words of one request or stream, and remembers which label stands for what. */
export class Redaction {
  readonly #kinds: ReadonlySet<RedactionKind>;
  readonly #live: boolean;
  #labels = new Map<string, Map<string, number>>();
  /** What the digits were taken for that ended the last piece: those that begin the next one go on with them. */
  #open: RedactionKind | undefined;

  constructor(kinds: Iterable<RedactionKind>, { live = false }: RedactionOptions = {}) {
    this.#kinds = new Set(kinds);
    this.#live = live;
  }

  /** The words with labels in the place of what is sensitive. */
  apply(words: readonly Word[], language = "en"): Word[] {
    const tokens = tokensOf(words, language);
    const written: Word[] = [];
    let open: RedactionKind | undefined;
    /** What ends where this word begins. */
    let previous: Found | undefined;
    for (let at = 0; at < tokens.length; ) {
      const found = sensitiveAt(tokens, at, this.#kinds) ?? this.#cutAt(tokens, at) ?? restOf(previous, tokens, at);
      previous = found;
      if (found === undefined) {
        written.push(words[at] as Word);
        at++;
        continue;
      }
      const taken = tokens.slice(at, at + found.take);
      const text = `${taken[0]?.lead ?? ""}${this.#label(found)}${taken.at(-1)?.tail ?? ""}`;
      written.push(
        mergeWords(
          taken.map(({ word }) => word),
          text,
        ),
      );
      at += found.take;
      if (at === tokens.length && found.kind !== "email-address") open = found.kind;
    }
    if (words.length > 0) this.#open = open;
    return written;
  }

  /** For words that are a guess: labels as they stand, and what it adds is forgotten. */
  draft(): Redaction {
    const draft = new Redaction(this.#kinds, { live: this.#live });
    draft.#labels = new Map([...this.#labels].map(([name, values]) => [name, new Map(values)]));
    draft.#open = this.#open;
    return draft;
  }

  #cutAt(tokens: readonly Token[], at: number): Found | undefined {
    const run = this.#live ? digitRun(tokens, at) : undefined;
    if (run === undefined) return undefined;
    const begins = at === 0 && this.#open !== undefined;
    if (!begins && at > 0 && at + run.take < tokens.length) return undefined;
    const kind = isCut(run, this.#kinds, begins);
    return kind && { kind, take: run.take, value: run.digits };
  }

  #label({ kind, value }: Found): string {
    const name = (kind === "any-number" ? "number" : kind).toUpperCase().replaceAll("-", "_");
    const values = this.#labels.get(name) ?? new Map<string, number>();
    this.#labels.set(name, values);
    const number = values.get(value) ?? values.size + 1;
    values.set(value, number);
    return `[${name}_${number}]`;
  }
}

/** Digits behind a run that was too long to be one. */
function restOf(previous: Found | undefined, tokens: readonly Token[], at: number): Found | undefined {
  const run = previous !== undefined && previous.value.length >= LONGEST_RUN ? digitRun(tokens, at) : undefined;
  return run && previous && { kind: previous.kind, take: run.take, value: run.digits };
}
