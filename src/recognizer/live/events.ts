/** What a session is asked for, and what it says. */
import type { RawEncoding } from "../../audio/media.ts";
import type { ErrorCode } from "../../error.ts";
import type { Segment, Token, Word } from "../../text/transcript.ts";
import type { RegionOptions } from "../../vad/speech.ts";
import type { TranscribeOptions } from "../recognizer.ts";

/** Seconds: what a window may hold so that a second of silence on both sides fits into the engine's 30 s. */
export const LONGEST_UTTERANCE = 28;

export interface SessionOptions
  extends Pick<
    TranscribeOptions,
    "model" | "language" | "languages" | "task" | "prompt" | "keyterms" | "client" | "session" | "beamSize"
  > {
  /** What `pushRaw` takes. */
  raw?: RawEncoding;
  /** Each is recognised by itself; default 1, to which audio of more channels is mixed. `all`: as many as the encoded audio has. */
  channels?: number | "all";
  /** Milliseconds of silence that end an utterance; `manual`: only `finalize` does. Default 300. */
  endpointing?: number | "manual";
  /** Milliseconds of silence after which the final is begun in the hope that the silence goes on (`endpoint-likely`). Default 160, and sooner with less than 296 of endpointing. */
  likelyAfter?: number;
  /** Milliseconds without a word after which `utterance-ended` comes; absent: never. With `manual` they also end the utterance. */
  utteranceEnd?: number;
  /** Seconds after which an utterance is cut, at most 28 (the default). */
  maxUtterance?: number;
  /** Milliseconds of new speech between two partials; false: none. Default 500. */
  interim?: number | false;
  /** Milliseconds of audio between two `heard` events; absent: there are none. */
  heardEvery?: number;
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
  likelyAfter: 160,
  maxUtterance: LONGEST_UTTERANCE,
  interim: 500,
  detect: "once",
  preRoll: 512,
  mostBuffered: 600,
} as const;

type Changeable =
  | ("model" | "language" | "languages" | "task" | "prompt" | "keyterms" | "raw" | "endpointing" | "likelyAfter")
  | ("utteranceEnd" | "maxUtterance" | "interim" | "heardEvery" | "detect" | "preRoll" | "vad" | "beamSize");

/** What may change while a session runs; undefined is back to the default. Holds for audio to come, and for decodes that have not begun. */
export type SessionPatch = { [Key in Changeable]?: SessionOptions[Key] | undefined };

/** `gap`: nobody spoke for the `utteranceEnd` of a session whose endpointing is `manual`. */
export type FinalReason = "endpoint" | "length" | "finalize" | "gap" | "close";

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

/** Times are seconds of audio time. Utterances are counted from 0, channel by channel. */
export type ChannelEvent =
  /** Speech began at `from`; the utterance holds the audio from `heldFrom` on, which is the pre-roll earlier. */
  | { type: "speech-started"; utterance: number; from: number; heldFrom: number }
  /** All words of the open utterance, as heard up to `to`; the first `settled` of them do not change any more. `tokens`: those of each word. */
  | {
      type: "partial";
      utterance: number;
      from: number;
      to: number;
      text: string;
      words: Word[];
      tokens: Token[][];
      settled: number;
    }
  /** If the silence goes on, these will be the words. The confidence is that in the words. */
  | { type: "endpoint-likely"; utterance: number; confidence: number; text: string; words: Word[] }
  /** The silence did not go on. */
  | { type: "speech-resumed"; utterance: number }
  /**
   * The last speech was heard before `spokenTo`, the utterance's audio goes up to `to`, and the silence that ended it up to `endpointAt`.
   * A final follows, unless it was discarded.
   */
  | {
      type: "speech-ended";
      utterance: number;
      to: number;
      spokenTo: number;
      endpointAt: number;
      isDiscarded: boolean;
    }
  /** In order of time within a channel; each `finalize` is answered by one, an utterance of no words when nobody had spoken. */
  | {
      type: "final";
      utterance: number;
      from: number;
      to: number;
      text: string;
      words: Word[];
      segments: Segment[];
      reason: FinalReason;
      endsUtterance: boolean;
      language: string | undefined;
    }
  /**
   * A `finalize` or `discard` has reached its place in the audio, which is at `to`: finals of utterances up to this number are of what was
   * said before it, later ones of what came after. -1: there was none. Told before anything that it causes.
   */
  | { type: "finalized" | "discarded"; utterance: number; to: number }
  | { type: "utterance-ended"; to: number }
  /** Everything up to `to` has been listened to; there was no speech in the last `silence` seconds of it. */
  | { type: "heard"; to: number; silence: number }
  /** The container that is pushed has been recognised: a name as `wav` or `matroska`, and its channels. */
  | { type: "opened"; format: string; channels: number }
  | { type: "warning"; code: "samples-repaired" }
  /** An utterance could not be decoded: its final follows, without words. Or, without one and before `closed`, why the session ends. */
  | { type: "error"; code: ErrorCode; message: string; utterance?: number }
  | { type: "closed"; reason: ClosedReason };

export type SessionEvent = ChannelEvent & {
  channel: number;
  /** Rises from event to event; a partial or `heard` that a newer one has overtaken leaves a gap. */
  sequence: number;
  /** How much of the channel had been heard (seconds). */
  at: number;
};
