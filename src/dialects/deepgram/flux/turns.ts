/** A session's events → turns: who began to speak, what was said so far, and when they were done. Pure: events in, sayings out. */
import type { SessionEvent } from "../../../recognizer/live/events.ts";
import type { Word } from "../../../text/transcript.ts";
import { confidenceAfter, isFinished, isTimedOut, type Thresholds } from "./turn-end.ts";

export interface Turn {
  event: "StartOfTurn" | "Update" | "EagerEndOfTurn" | "TurnResumed" | "EndOfTurn";
  index: number;
  /** Seconds of audio. */
  from: number;
  to: number;
  words: readonly Word[];
  confidence: number;
  trigger?: "model" | "manual" | "timeout";
  language?: string;
}

/** Seconds of audio between two updates. */
const UPDATE_EVERY = 0.24;

export class Turns {
  thresholds: Thresholds;
  #index = 0;
  /** Where the turn's audio begins, and up to where it was told. */
  #from = 0;
  #to = 0;
  /** Words that are final, though the turn goes on. */
  #settled: Word[] = [];
  /** Words that are not. */
  #open: Word[] = [];
  #hasStarted = false;
  #isEager = false;
  /** The session knows the words that it will have if the silence goes on. */
  #isLikely = false;
  /** Seconds since the last speech. */
  #silence = 0;
  #language: string | undefined;
  /** Where utterances were ended, and the silence there. */
  readonly #ends = new Map<number, { to: number; silence: number }>();

  constructor(thresholds: Thresholds) {
    this.thresholds = thresholds;
  }

  /** Whether what was said looks like a whole sentence, as far as it is known. */
  get isFinished(): boolean {
    return this.#isLikely && isFinished(this.#words);
  }

  /** What there is to say about the next event. */
  take(event: SessionEvent): Turn[] {
    switch (event.type) {
      case "partial":
        this.#open = event.words;
        this.#silence = 0;
        return this.#update(event.to);
      case "endpoint-likely":
        this.#open = event.words;
        this.#isLikely = true;
        return [...this.#begin(event.at), ...this.#eager(event.at)];
      case "heard":
        this.#silence = event.silence;
        return this.#heard(event.to);
      case "speech-resumed":
        this.#isLikely = false;
        this.#silence = 0;
        return this.#resume(event.at);
      case "speech-ended":
        if (event.isDiscarded) return [];
        this.#ends.set(event.utterance, { to: event.endpointAt, silence: event.endpointAt - event.spokenTo });
        return [];
      case "final":
        return this.#final(event);
      default:
        return [];
    }
  }

  get #words(): Word[] {
    return [...this.#settled, ...this.#open];
  }

  #heard(to: number): Turn[] {
    const eager = this.#eager(to);
    if (eager.length > 0) return eager;
    return to - this.#to >= UPDATE_EVERY ? this.#update(to) : [];
  }

  #update(to: number): Turn[] {
    const begun = this.#begin(to);
    return begun.length > 0 ? begun : [this.#turn("Update", to)];
  }

  /** A turn begins with its first words. */
  #begin(to: number): Turn[] {
    if (this.#hasStarted || this.#words.length === 0) return [];
    this.#hasStarted = true;
    return [this.#turn("StartOfTurn", to)];
  }

  #eager(to: number): Turn[] {
    const { eager } = this.thresholds;
    if (eager === undefined || !this.#isLikely || this.#isEager || this.#words.length === 0) return [];
    if (this.#confidence < eager) return [];
    this.#isEager = true;
    return [this.#turn("EagerEndOfTurn", to)];
  }

  #resume(to: number): Turn[] {
    if (!this.#isEager) return [];
    this.#isEager = false;
    return [this.#turn("TurnResumed", to)];
  }

  #final({ utterance, words, to, reason, endsUtterance, language }: Extract<SessionEvent, { type: "final" }>): Turn[] {
    const end = this.#ends.get(utterance) ?? { to, silence: 0 };
    if (endsUtterance) this.#ends.delete(utterance);
    this.#language = language ?? this.#language;
    this.#settled.push(...words);
    this.#open = [];
    if (!endsUtterance) return [];
    // Whoever closes the stream has not waited for the turn's end.
    if (reason === "close") return this.#update(end.to);
    this.#silence = end.silence;
    this.#isLikely = true;
    const isManual = reason === "finalize";
    if (this.#settled.length === 0 && !isManual) {
      this.#isLikely = false;
      return this.#resume(end.to);
    }
    const timedOut = isTimedOut(this.thresholds, end.silence, this.isFinished);
    const trigger = isManual ? "manual" : timedOut ? "timeout" : "model";
    const told = [...this.#begin(end.to), { ...this.#turn("EndOfTurn", end.to), trigger } as const];
    this.#next(end.to);
    return told;
  }

  #next(from: number): void {
    this.#index++;
    this.#from = Math.max(from, this.#from);
    this.#settled = [];
    this.#hasStarted = false;
    this.#isEager = false;
    this.#isLikely = false;
  }

  get #confidence(): number {
    return this.#words.length === 0 ? 0 : confidenceAfter(this.#silence, this.isFinished);
  }

  #turn(event: Turn["event"], to: number): Turn {
    this.#to = Math.max(to, this.#to);
    return {
      event,
      index: this.#index,
      from: this.#from,
      to: this.#to,
      words: this.#words,
      confidence: this.#confidence,
      ...(this.#language === undefined ? {} : { language: this.#language }),
    };
  }
}
