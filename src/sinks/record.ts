/** What is sent on: one record for each final, and for each partial where somebody asked for these. */
import type { Word } from "../text/transcript.ts";

/** Times are seconds of the session's audio. */
export interface NewRecord {
  type: "final" | "partial";
  /** The live stream, or the file's request, that it was said in. */
  session: string;
  source: "live" | "file";
  channel: number;
  from: number;
  to: number;
  text: string;
  words: readonly Word[];
  /** ISO 639-1, where it is known. */
  language?: string | undefined;
  /** The id of the model that ran. */
  model: string;
}

export interface TranscriptRecord extends NewRecord {
  /** The same however often the record is delivered: by it a receiver tells a repetition. */
  id: string;
  /** When it was recognised, ISO 8601. */
  time: string;
}

/** Where recognition puts what was said. */
export interface TranscriptSink {
  /** Takes a record, neither waits nor throws. When it returns, a final is on disk: killing the process does not lose it any more. */
  publish(record: NewRecord): void;
  /**
   * Takes the finals of a piece of work that is done again when it was interrupted, all at once: those of the same work that come later, also
   * after a restart, are left aside.
   */
  publishOnce(work: string, records: readonly NewRecord[]): void;
}

/** The record as everybody gets it: a line of JSON. Characters that PostgreSQL's JSON does not take are left out. */
export function encode(record: TranscriptRecord): string {
  return JSON.stringify(record, (_, value) =>
    typeof value === "string" ? value.toWellFormed().replaceAll("\0", "") : value,
  );
}
