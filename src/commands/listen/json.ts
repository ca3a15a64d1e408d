/** The events of `verbatim listen --format json`, as docs/listen.md describes them: less than a session says, and nothing that may change. */
import type { SessionEvent } from "../../recognizer/live/events.ts";
import type { Word } from "../../text/transcript.ts";

/** One line of JSON, or undefined where there is nothing to tell. */
export function toLine(event: SessionEvent): string | undefined {
  const told = toTold(event);
  return told && jsonLine({ type: event.type, at: event.at, ...told });
}

/** An object as a line; times to the millisecond, and confidences do not need more. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value, (_key, one) => (typeof one === "number" ? Math.round(one * 1000) / 1000 : one))}\n`;
}

function toTold(event: SessionEvent): object | undefined {
  switch (event.type) {
    case "speech-started":
      return { utterance: event.utterance, from: event.from };
    case "partial":
      return {
        utterance: event.utterance,
        text: event.text.trim(),
        settled: event.settled,
        words: event.words.map(toWord),
      };
    case "speech-ended":
      return { utterance: event.utterance, to: event.spokenTo };
    case "final": {
      const { utterance, from, to, language, reason } = event;
      return { utterance, from, to, text: event.text.trim(), language, reason, words: event.words.map(toWord) };
    }
    case "warning":
      return { code: event.code };
    case "error":
      return { code: event.code, message: event.message };
    case "closed":
      return { reason: event.reason };
    default:
      return undefined;
  }
}

function toWord({ text, from, to, confidence }: Word): object {
  return { text, from, to, confidence };
}
