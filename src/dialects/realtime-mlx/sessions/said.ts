/** What was said in a session. A session may stay open for as long as somebody speaks: what it keeps has an end. */
import type { Word } from "../../../text/transcript.ts";
import { meanConfidence } from "../hearing/confidence.ts";

export interface Said {
  text: string;
  confidence: number;
  language: string | null;
  segments: { text: string; start: number; end: number }[];
}

export interface SaidPiece {
  text: string;
  /** Seconds. */
  from: number;
  to: number;
  words: readonly Pick<Word, "confidence">[];
  language: string | null | undefined;
}

/** Characters: about twenty hours of speech, a megabyte or two of memory. */
const MOST_TEXT = 1 << 20;

export class SaidSoFar {
  readonly #most: number;
  #segments: Said["segments"] = [];
  #characters = 0;
  #words = 0;
  #confidence = 0;
  #language: string | null = null;

  constructor(most = MOST_TEXT) {
    this.#most = most;
  }

  /** Takes what was said next; true when the beginning had to go for it. */
  add({ text, from, to, words, language }: SaidPiece): boolean {
    const spoken = text.trim();
    if (spoken === "") return false;
    this.#segments.push({ text: spoken, start: rounded(from), end: rounded(to) });
    this.#characters += spoken.length + 1;
    this.#words += words.length;
    for (const { confidence } of words) this.#confidence += confidence;
    this.#language = language ?? null;
    if (this.#characters <= this.#most) return false;
    let gone = 0;
    for (; this.#characters > this.#most && gone < this.#segments.length - 1; gone++)
      this.#characters -= (this.#segments[gone]?.text.length ?? 0) + 1;
    this.#segments.splice(0, gone);
    return gone > 0;
  }

  get said(): Said {
    return {
      text: this.#segments.map(({ text }) => text).join(" "),
      confidence: meanConfidence(this.#confidence, this.#words),
      language: this.#language,
      segments: [...this.#segments],
    };
  }
}

const rounded = (seconds: number) => Math.round(seconds * 1000) / 1000;
