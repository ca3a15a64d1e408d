/**
 * Which words of a partial are settled: those on which two decodes of a growing window agree (LocalAgreement-2; Macháček, Dabre and Bojar,
 * "Turning Whisper into Real-Time Transcription System", 2023). What is settled is given to the next decode as the beginning of its text, so it
 * never changes.
 */
import type { TimedWord } from "../word-times.ts";

/** Seconds before the window's end whose words may still change: the last one may be half of a longer word. */
const UNSURE = 1;

export class Agreement {
  #settled: TimedWord[] = [];
  #before: readonly string[] = [];

  /** Words that do not change any more. */
  get settled(): readonly TimedWord[] {
    return this.#settled;
  }

  /** Takes the words that a decode of the audio up to `end` (seconds) found after the settled ones; returns all, the settled ones first. */
  add(words: readonly TimedWord[], end: number): TimedWord[] {
    let agreed = 0;
    // The last word is never settled: what follows may still join it.
    while (
      agreed < words.length - 1 &&
      words[agreed]?.text === this.#before[agreed] &&
      (words[agreed]?.to ?? end) <= end - UNSURE
    )
      agreed++;
    this.#settled = [...this.#settled, ...words.slice(0, agreed)];
    const open = words.slice(agreed);
    this.#before = open.map(({ text }) => text);
    return [...this.#settled, ...open];
  }

  /** Keeps the words before a cut (seconds); those after it are the beginning of what is returned. */
  splitAt(cut: number): Agreement {
    const rest = new Agreement();
    const kept = this.#settled.findIndex(({ from, to }) => (from + to) / 2 >= cut);
    if (kept >= 0) rest.#settled = this.#settled.splice(kept);
    return rest;
  }

  /** What was heard is not to be believed: the next decode agrees with nothing. */
  doubt(): void {
    this.#before = [];
  }
}
