/** What a session is asked for, and what it says. */
import type { RawEncoding } from "../../audio/media.ts";
import type { ErrorCode } from "../../error.ts";
import type { Segment, Word } from "../../text/transcript.ts";
import type { RegionOptions } from "../../vad/speech.ts";
import type { TranscribeOptions } from "../recognizer.ts";

/** Seconds: what a window may hold so that a second of silence on both sides fits into the engine's 30 s. */
export const LONGEST_UTTERANCE = 28;

export interface SessionOptions
  extends Pick<TranscribeOptions, "model" | "language" | "languages" | "task" | "prompt" | "keyterms" | "client"> {
  /** What `pushRaw` takes. */
  raw?: RawEncoding;
  /** Each is recognised by itself; default 1, to which raw audio of more channels is mixed. */
  channels?: number;
  /** Milliseconds of silence that end an utterance; `manual`: only `finalize` does. Default 300. */
  endpointing?: number | "manual";
  /** Milliseconds without a word after which `utterance-ended` comes; absent: never. */
  utteranceEnd?: number;
  /** Seconds after which an utterance is cut, at most 28 (the default). */
  maxUtterance?: number;
  /** Milliseconds of new speech between two partials; false: none. Default 500. */
  interim?: number | false;
  /** How often a language that is not given is listened for. Default `once`. */
  detect?: "once" | "utterance";
  /** Milliseconds before the first frame of speech that are decoded with it: a soft beginning is no speech to the VAD. Default 512. */
  preRoll?: number;
  vad?: Partial<RegionOptions>;
  /** Seconds of audio that may wait for being decoded; a session that is further ahead is closed. Default 600. */
  mostBuffered?: number;
}

/** Options with what is used where they say nothing. */
export type LiveOptions = SessionOptions & Required<Pick<SessionOptions, keyof typeof sessionDefaults>>;

export const sessionDefaults = {
  channels: 1,
  endpointing: 300,
  maxUtterance: LONGEST_UTTERANCE,
  interim: 500,
  detect: "once",
  preRoll: 512,
  mostBuffered: 600,
} as const;

/** What may change while a session runs; holds from the next decode on. */
export type SessionPatch = Partial<
  Pick<SessionOptions, "language" | "prompt" | "keyterms" | "endpointing" | "utteranceEnd" | "interim">
>;

export type FinalReason = "endpoint" | "length" | "finalize" | "close";

export type ClosedReason =
  | "closed"
  /** The client has gone. */
  | "aborted"
  /** `close` was given less time than the finals needed. */
  | "deadline"
  /** More audio came than may wait. */
  | "overflow"
  /** Nobody read the events. */
  | "unread"
  | "failed";

/** Times are seconds of audio time. */
export type ChannelEvent =
  | { type: "speech-started"; from: number }
  /** All words of the open utterance; the first `settled` of them do not change any more. */
  | { type: "partial"; from: number; text: string; words: Word[]; settled: number }
  /** If the silence goes on, these will be the words. */
  | { type: "endpoint-likely"; confidence: number; text: string; words: Word[] }
  /** The silence did not go on. */
  | { type: "speech-resumed" }
  | { type: "speech-ended"; to: number }
  /** In order of time within a channel; each `finalize` is answered by one, with no words when nobody had spoken. */
  | {
      type: "final";
      from: number;
      to: number;
      text: string;
      words: Word[];
      segments: Segment[];
      reason: FinalReason;
      endsUtterance: boolean;
      language: string | undefined;
    }
  | { type: "utterance-ended"; to: number }
  | { type: "warning"; code: "samples-repaired" }
  /** An utterance could not be decoded: its final follows, without words. Or, before `closed`, why the session ends. */
  | { type: "error"; code: ErrorCode; message: string }
  | { type: "closed"; reason: ClosedReason };

export type SessionEvent = ChannelEvent & {
  channel: number;
  /** Rises from event to event; a partial that a newer one has overtaken leaves a gap. */
  sequence: number;
  /** How much of the channel had been heard (seconds). */
  at: number;
};
