/** What one stream has said so far, for protocols that repeat it. */
import type { SessionEvent } from "../recognizer/live/events.ts";
import { joinWords } from "../text/formatting/join.ts";
import type { Word } from "../text/transcript.ts";

/** Seconds of words whose times are remembered. */
const REMEMBERED = 60;

export class Spoken {
  readonly #texts: string[] = [];
  #words: Word[] = [];
  #draft: readonly Word[] = [];
  #at = 0;

  take(event: SessionEvent): void {
    this.#at = event.at;
    if (event.type === "partial") this.#draft = event.words;
    if (event.type === "speech-ended" && event.isDiscarded) this.#draft = [];
    if (event.type !== "final") return;
    this.#draft = [];
    const text = event.text.trim();
    if (text !== "") this.#texts.push(text);
    this.#words = [...this.#words, ...event.words].filter(({ to }) => to > this.#at - REMEMBERED);
  }

  /** All that is final. */
  get text(): string {
    return this.#texts.join(" ");
  }

  /** The words of the last seconds, final or not. */
  latest(seconds: number): string {
    const words = [...this.#words, ...this.#draft].filter(({ to }) => to > this.#at - seconds);
    return joinWords(words.map(({ text }) => text)).trim();
  }
}
