/** What the client of a stream of turns is told: https://developers.deepgram.com/reference/speech-to-text/listen-flux */
import { joinWords } from "../../../text/formatting/join.ts";
import type { Word } from "../../../text/transcript.ts";
import { float } from "../json.ts";
import { languagesOf } from "../words.ts";
import type { Thresholds } from "./turn-end.ts";
import type { Turn } from "./turns.ts";

/** Messages of one stream: they are counted. */
export class Messages {
  readonly #requestId: string;
  /** The languages that the client expects; undefined: the stream has one language. */
  readonly #hints: () => readonly string[] | undefined;
  #sequence = 0;

  constructor(requestId: string, hints: () => readonly string[] | undefined) {
    this.#requestId = requestId;
    this.#hints = hints;
  }

  connected(): string {
    return JSON.stringify({ type: "Connected", request_id: this.#requestId, sequence_id: this.#sequence++ });
  }

  /** `words`: the turn's, formatted. */
  turn(turn: Turn, words: readonly Word[]): string {
    const hints = this.#hints();
    const languages = hints === undefined ? [] : languagesOf(words);
    return JSON.stringify({
      type: "TurnInfo",
      request_id: this.#requestId,
      sequence_id: this.#sequence++,
      event: turn.event,
      turn_index: turn.index,
      audio_window_start: float(turn.from),
      audio_window_end: float(turn.to),
      transcript: joinWords(words.map(({ text }) => text)).trim(),
      words: words.map(({ text, confidence, from, to }) => ({
        word: text.trim(),
        confidence: float(confidence),
        start: float(from),
        end: float(to),
      })),
      end_of_turn_confidence: float(Math.round(turn.confidence * 1e4) / 1e4),
      ...(turn.trigger === undefined ? {} : { trigger: turn.trigger }),
      ...(languages.length > 0 ? { languages } : {}),
      ...(hints?.length ? { languages_hinted: hints } : {}),
    });
  }

  configured({ endOfTurn, eager, timeout }: Thresholds, keyterms: readonly string[]): string {
    const hints = this.#hints();
    return JSON.stringify({
      type: "ConfigureSuccess",
      request_id: this.#requestId,
      thresholds: {
        ...(eager === undefined ? {} : { eager_eot_threshold: float(eager) }),
        eot_threshold: float(endOfTurn),
        eot_timeout_ms: timeout,
      },
      keyterms,
      ...(hints?.length ? { language_hints: hints } : {}),
      sequence_id: this.#sequence++,
    });
  }

  notConfigured(): string {
    return JSON.stringify({ type: "ConfigureFailure", request_id: this.#requestId, sequence_id: this.#sequence++ });
  }

  error(code: string, description: string): string {
    return JSON.stringify({ type: "Error", sequence_id: this.#sequence++, code, description });
  }
}
