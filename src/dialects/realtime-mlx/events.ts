/** What this protocol's sockets are told: `event` and its fields, flat as its clients read them, and once more under `data`. */
import type { ErrorFields } from "./errors.ts";

export type Told =
  | {
      event: "transcription";
      text: string;
      is_final: boolean;
      confidence: number;
      timestamp: number;
      language: string | null;
      session_id: string;
    }
  /** `word` is what the original's web page reads. */
  | { event: "wake_word"; wake_word: string; word: string; confidence: number; timestamp: number }
  | { event: "speech_detected"; confidence: number; timestamp: number; session_id: string }
  | ({ event: "system_status"; timestamp: number } & SystemStatus)
  | { event: "warning"; code: string; message: string; timestamp: number; session_id?: string }
  | ({ event: "error"; session_id?: string } & ErrorFields);

/** What the microphone's part of the server is doing. */
export interface SystemStatus {
  running: boolean;
  active_features: readonly string[];
  /** Whether it listens, waits for a wake word, or was started and has nothing to hear with. */
  state: "stopped" | "listening" | "waiting" | "deaf";
  profile: string | null;
}

/** A message as it is sent. `type` is what clients of the original's main page read. */
export function eventText({ event, ...fields }: Told): string {
  return JSON.stringify({ event, type: event, ...fields, data: fields });
}

/** Whether the original server tells of such things at all. */
export function isOriginals({ event }: Told): boolean {
  return event === "wake_word" || event === "transcription";
}

/** Seconds since 1970, to the millisecond. */
export function now(): number {
  return Date.now() / 1000;
}
