/** The events of a live session → what sockets are told of it. */
import { VerbatimError } from "../../error.ts";
import type { SessionEvent } from "../../recognizer/live/events.ts";
import type { Audience } from "./audience.ts";
import { errorFields } from "./errors.ts";
import { now } from "./events.ts";
import { confidenceOf } from "./hearing/confidence.ts";

export interface TellerOptions {
  audience: Audience;
  /** Whose audio it is; undefined: this machine's, which is everybody's. */
  owner?: string;
  /** What an utterance's events carry as `session_id`. */
  idOf(utterance: number): string;
  /** The probability that speech has passed when it is told. */
  threshold: number;
  tellsSpeech: boolean;
  transcribes: boolean;
}

export class Teller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  take(event: SessionEvent): void {
    const { audience, owner, idOf, threshold, tellsSpeech, transcribes } = this.#options;
    if (event.type === "speech-started" && tellsSpeech)
      audience.tell(
        { event: "speech_detected", confidence: threshold, timestamp: now(), session_id: idOf(event.utterance) },
        { owner },
      );
    else if (event.type === "partial" && transcribes)
      this.#transcription(idOf(event.utterance), event.text, { isFinal: false, confidence: confidenceOf(event.words) });
    else if (event.type === "final" && transcribes && event.text.trim() !== "")
      this.#transcription(idOf(event.utterance), event.text, {
        isFinal: true,
        confidence: confidenceOf(event.words),
        language: event.language,
      });
    else if (event.type === "warning") this.warn(event.code, "Samples that were no numbers were taken for silence.");
    else if (event.type === "error") this.fail(new VerbatimError(event.code, event.message), event.utterance);
  }

  #transcription(
    id: string,
    text: string,
    { isFinal, confidence, language }: { isFinal: boolean; confidence: number; language?: string | undefined },
  ): void {
    const { audience, owner } = this.#options;
    audience.tell(
      {
        event: "transcription",
        text: text.trim(),
        is_final: isFinal,
        confidence,
        timestamp: now(),
        language: language ?? null,
        session_id: id,
      },
      // The original tells what somebody has finished saying.
      { owner, isForPage: !isFinal },
    );
  }

  warn(code: string, message: string): void {
    const { audience, owner, idOf } = this.#options;
    audience.tell({ event: "warning", code, message, timestamp: now(), session_id: idOf(0) }, { owner });
  }

  fail(error: VerbatimError, utterance = 0): void {
    const { audience, owner, idOf } = this.#options;
    audience.tell({ event: "error", ...errorFields(error), session_id: idOf(utterance) }, { owner });
  }
}
