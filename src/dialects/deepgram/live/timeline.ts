/**
 * One channel's results on the stream's clock: what is said about each event of a session. The windows of final results lie end to end, from
 * the stream's beginning; an interim result restates the window that is open. Pure: events in, sayings out.
 */
import type { SessionEvent } from "../../../recognizer/live/events.ts";
import type { Word } from "../../../text/transcript.ts";

/** Times are seconds of audio. */
export type Saying =
  | {
      type: "results";
      start: number;
      end: number;
      words: Word[];
      isFinal: boolean;
      speechFinal: boolean;
      fromFinalize: boolean;
      /** The language that was spoken, where it is known. */
      language?: string;
    }
  | { type: "speech-started"; at: number }
  | { type: "utterance-end"; lastWord: number };

export interface TimelineOptions {
  /** `interim_results` */
  interim: boolean;
  /** Silence ends speech. */
  endpointing: boolean;
  /** `vad_events` */
  vadEvents: boolean;
  /** `utterance_end_ms`, in seconds. */
  utteranceEnd?: number;
}

/** In silence a window becomes final, with nothing in it, after so many seconds. */
const SILENT_WINDOW = 5;
/** Seconds between two interim results of a silence. */
const INTERIM_EVERY = 1;
/** The last second of a silence may already belong to speech that is being noticed. */
const UNCERTAIN = 1;
/** What is left at the end and shorter than this is what resamplers and frames hold back, no audio to tell of. */
const LEAST_REST = 0.05;

export class Timeline {
  /** The client waits for the end; some take the next message for it, which had better be final. */
  isClosing = false;
  readonly #options: TimelineOptions;
  /** Where the open window begins. */
  #cursor = 0;
  /** Everything before was listened to. */
  #heard = 0;
  /** Up to where the last interim result went. */
  #shown = 0;
  /** Where the last final word ends, until the utterance's end has been told. */
  #lastWord: number | undefined;
  /** Utterances that began and are not final, and up to where they were ended from outside. */
  readonly #unsettled = new Map<number, number>();
  /** Where the audio was when the client wanted utterances to be final. */
  readonly #finalized = new Map<number, number>();
  #language: string | undefined;

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /** What there is to say about the channel's next event. */
  take(event: SessionEvent): Saying[] {
    switch (event.type) {
      case "speech-started":
        this.#unsettled.set(event.utterance, 0);
        return this.#options.vadEvents ? [{ type: "speech-started", at: event.from }] : [];
      case "speech-ended":
        if (event.isDiscarded) this.#unsettled.delete(event.utterance);
        else this.#unsettled.set(event.utterance, event.endpointAt);
        return [];
      case "finalized":
        this.#finalized.set(event.utterance, event.to);
        return [];
      case "partial":
        return this.#interim(event.to, event.words);
      case "endpoint-likely":
        return this.#interim(event.at, event.words);
      case "final":
        return [this.#final(event), ...this.#gap()];
      case "heard":
        this.#heard = event.to;
        return [...this.#gap(), ...this.#silence(event.silence)];
      default:
        return [];
    }
  }

  /** What there is to say when the client asks once more for what was final just now. */
  again(): Saying[] {
    return [this.#results(this.#cursor, [], { isFinal: true, speechFinal: true, fromFinalize: true })];
  }

  /** What there is to say when no more will be heard, after so many seconds of audio. */
  end(seconds: number): Saying[] {
    return seconds - this.#cursor > LEAST_REST
      ? [this.#results(seconds, [], { isFinal: true, speechFinal: true })]
      : [];
  }

  #final({ words, reason, to, utterance, endsUtterance, language }: Extract<SessionEvent, { type: "final" }>): Saying {
    const fromFinalize = reason === "finalize";
    const fromOutside = fromFinalize || reason === "close";
    // What is ended from outside is over where the audio was, not where the speech was.
    const reached = this.#finalized.get(utterance) ?? this.#unsettled.get(utterance) ?? 0;
    const end = fromOutside ? Math.max(to, reached) : to;
    if (fromFinalize) this.#finalized.delete(utterance);
    if (endsUtterance) this.#unsettled.delete(utterance);
    this.#language = language ?? this.#language;
    this.#lastWord = words.at(-1)?.to ?? this.#lastWord;
    const speechFinal = fromOutside || (reason === "endpoint" && this.#options.endpointing);
    return this.#results(end, words, { isFinal: true, speechFinal, fromFinalize });
  }

  #interim(to: number, words: readonly Word[]): Saying[] {
    this.#shown = to;
    return this.#options.interim && !this.isClosing
      ? [this.#results(to, words, { isFinal: false, speechFinal: false })]
      : [];
  }

  /** The gap after the last final word has become long enough. */
  #gap(): Saying[] {
    const { interim, utteranceEnd } = this.#options;
    const lastWord = this.#lastWord;
    if (!interim || utteranceEnd === undefined || lastWord === undefined || this.#unsettled.size > 0) return [];
    if (this.#heard - lastWord < utteranceEnd) return [];
    this.#lastWord = undefined;
    return [{ type: "utterance-end", lastWord }];
  }

  #silence(silence: number): Saying[] {
    if (this.#unsettled.size > 0) return [];
    const certain = this.#heard - UNCERTAIN;
    if (silence >= UNCERTAIN && certain - this.#cursor >= SILENT_WINDOW)
      return [this.#results(certain, [], { isFinal: true, speechFinal: this.#options.endpointing })];
    if (this.#heard - this.#shown < INTERIM_EVERY) return [];
    return this.#interim(this.#heard, []);
  }

  #results(
    to: number,
    words: readonly Word[],
    { fromFinalize = false, ...flags }: { isFinal: boolean; speechFinal: boolean; fromFinalize?: boolean },
  ): Saying {
    const start = this.#cursor;
    // Nothing lies outside its window: a word's soft beginning may reach into what was final already.
    const inside = words.map((word) => ({ ...word, from: Math.max(start, word.from), to: Math.max(start, word.to) }));
    const end = Math.max(start, to, inside.at(-1)?.to ?? 0);
    if (flags.isFinal) this.#cursor = end;
    const language = this.#language;
    return { type: "results", start, end, words: inside, ...flags, fromFinalize, ...(language ? { language } : {}) };
  }
}
