/**
 * The open utterance as it sounds so far. One partial is in work at a time, and the next one begins when enough new speech has come: the more a
 * partial had to wait for the engine, the more speech is enough, so that under load there are fewer.
 */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { Span } from "../packing.ts";
import type { TimedWord } from "../word-times.ts";
import { Agreement } from "./agreement.ts";

/** Speech shorter than this (samples) has no words yet. */
const LEAST_SPEECH = 0.3 * SAMPLE_RATE;
/** However much there is to do, so much new speech (samples) is enough: the first one may have waited for a model to load. */
const MOST_WAIT = 4 * SAMPLE_RATE;
/** The engine takes no more than 30 s. */
const LONGEST = 30 * SAMPLE_RATE;

/** An utterance as it sounds so far; the first `settled` words stay as they are. */
export interface Guess {
  span: Span;
  words: TimedWord[];
  settled: number;
}

export interface PartialsOwner {
  /** The words of a span after those that are settled; undefined when they are not to be believed. */
  decode(span: Span, settled: readonly TimedWord[], signal: AbortSignal): Promise<TimedWord[] | undefined>;
  partial(guess: Guess): void;
}

export class Partials {
  readonly #owner: PartialsOwner;
  #agreement = new Agreement();
  #work: AbortController | undefined;
  /** Up to this sample the last one went. */
  #to = 0;
  /** Samples that the last one took from its beginning to its answer, counted in time. */
  #took = 0;

  constructor(owner: PartialsOwner) {
    this.#owner = owner;
  }

  /** The words that the final text has to begin with. */
  get settled(): readonly TimedWord[] {
    return this.#agreement.settled;
  }

  /** Samples that the last one took, counted in time: how much the engine has to do. */
  get took(): number {
    return this.#took;
  }

  /** Begins a partial of the open utterance if there is enough new speech: at least `pace` samples. */
  consider(span: Span, speechTo: number, pace: number): void {
    const fresh = speechTo - Math.max(this.#to, span.from);
    if (
      this.#work !== undefined ||
      fresh < Math.max(pace, Math.min(2 * this.#took, MOST_WAIT)) ||
      span.to - span.from > LONGEST
    )
      return;
    if (speechTo - span.from < LEAST_SPEECH) return;
    this.#to = speechTo;
    const work = new AbortController();
    this.#work = work;
    void this.#run(span, work);
  }

  /** Stops what is in work; the settled words stay. */
  stop(): void {
    this.#work?.abort();
    this.#work = undefined;
  }

  /** The utterance is over up to a sample; returns its settled words, and whether there are later ones. */
  close(at: number): { settled: readonly TimedWord[]; isSettled: boolean } {
    this.stop();
    const rest = this.#agreement.splitAt(at / SAMPLE_RATE);
    const { settled } = this.#agreement;
    this.#agreement = rest;
    return { settled, isSettled: rest.settled.length > 0 };
  }

  /** What comes next is another utterance. */
  reset(): void {
    this.stop();
    this.#agreement = new Agreement();
  }

  async #run(span: Span, work: AbortController): Promise<void> {
    const agreement = this.#agreement;
    const began = performance.now();
    // A partial that fails is one that does not come; the final will tell.
    const words = await this.#owner.decode(span, agreement.settled, work.signal).catch(() => undefined);
    if (work.signal.aborted) return;
    this.#work = undefined;
    this.#took = ((performance.now() - began) * SAMPLE_RATE) / 1000;
    if (words === undefined) agreement.doubt();
    else if (words.length + agreement.settled.length > 0) {
      const shown = agreement.add(words, span.to / SAMPLE_RATE);
      this.#owner.partial({ span, words: shown, settled: agreement.settled.length });
    }
  }
}
