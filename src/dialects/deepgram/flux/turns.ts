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
  /** Where the turn's audio begins, up to where it was listened to, and when the turn was told of last. */
  #from = 0;
  #to = 0;
  #toldAt = 0;
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
        return this.#update();
      case "endpoint-likely":
        this.#open = event.words;
        this.#isLikely = true;
        return [...this.#begin(), ...this.#eager()];
      case "heard":
        this.#to = event.to;
        this.#silence = event.silence;
        // An end that waits for its words is told of next.
        return this.#ends.size > 0 ? [] : this.#heard();
      case "speech-resumed":
        this.#isLikely = false;
        this.#silence = 0;
        return this.#resume();
      case "speech-ended":
        if (event.isDiscarded) return [];
        this.#ends.set(event.utterance, { to: event.endpointAt, silence: event.endpointAt - event.spokenTo });
        return [];
      case "finalized":
        // Where an utterance was open its end follows, which knows the silence, too.
        this.#ends.set(event.utterance, { to: event.to, silence: 0 });
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

  #heard(): Turn[] {
    const eager = this.#eager();
    if (eager.length > 0) return eager;
    return this.#to - this.#toldAt >= UPDATE_EVERY ? this.#update() : [];
  }

  #update(): Turn[] {
    const begun = this.#begin();
    return begun.length > 0 ? begun : [this.#turn("Update")];
  }

  /** A turn begins with its first words. */
  #begin(): Turn[] {
    if (this.#hasStarted || this.#words.length === 0) return [];
    this.#hasStarted = true;
    return [this.#turn("StartOfTurn")];
  }

  #eager(): Turn[] {
    const { eager } = this.thresholds;
    if (eager === undefined || !this.#isLikely || this.#isEager || this.#words.length === 0) return [];
    if (this.#confidence < eager) return [];
    this.#isEager = true;
    return [this.#turn("EagerEndOfTurn")];
  }

  #resume(): Turn[] {
    if (!this.#isEager) return [];
    this.#isEager = false;
    return [this.#turn("TurnResumed")];
  }

  #final({ utterance, words, to, reason, endsUtterance, language }: Extract<SessionEvent, { type: "final" }>): Turn[] {
    const end = this.#ends.get(utterance) ?? { to, silence: 0 };
    if (endsUtterance) this.#ends.delete(utterance);
    this.#language = language ?? this.#language;
    this.#settled.push(...words);
    this.#open = [];
    if (!endsUtterance) return [];
    this.#silence = end.silence;
    this.#isLikely = true;
    // Whoever closes the stream has not waited for the turn's end.
    if (reason === "close") return this.#begun(end.to, "Update");
    const isManual = reason === "finalize";
    if (this.#settled.length === 0 && !isManual) {
      this.#isLikely = false;
      return this.#resume();
    }
    const timedOut = isTimedOut(this.thresholds, end.silence, this.isFinished);
    const trigger = isManual ? "manual" : timedOut ? "timeout" : "model";
    const told = this.#begun(end.to, "EndOfTurn").map((turn) =>
      turn.event === "EndOfTurn" ? ({ ...turn, trigger } as const) : turn,
    );
    this.#next(end.to);
    return told;
  }

  /** What is said at a turn's end, which was there and not where the listening is by now. */
  #begun(end: number, event: "Update" | "EndOfTurn"): Turn[] {
    const begun = this.#begin();
    const told = event === "EndOfTurn" || begun.length === 0 ? [...begun, this.#turn(event)] : begun;
    return told.map((turn) => ({ ...turn, to: end }));
  }

  #next(from: number): void {
    this.#index++;
    this.#from = from;
    this.#settled = [];
    this.#hasStarted = false;
    this.#isEager = false;
    this.#isLikely = false;
  }

  get #confidence(): number {
    return this.#words.length === 0 ? 0 : confidenceAfter(this.#silence, this.isFinished);
  }

  #turn(event: Turn["event"]): Turn {
    this.#toldAt = this.#to;
    const words = this.#words;
    return {
      event,
      index: this.#index,
      from: this.#from,
      // The last word may be a guess from audio that was not listened to for speech.
      to: Math.max(this.#to, this.#from, words.at(-1)?.to ?? 0),
      words,
      confidence: this.#confidence,
      ...(this.#language === undefined ? {} : { language: this.#language }),
    };
  }
}
