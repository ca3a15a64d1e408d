/** What the product does, free of any protocol. */
import type { MediaOptions, MediaSource, MediaStream, OpenMedia, RawEncoding, StreamOptions } from "../audio/media.ts";
import type { Engines } from "../engine/engines.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import type { Segment, Transcript } from "../text/transcript.ts";
import type { RegionOptions, SpeechDetector } from "../vad/speech.ts";
import type { SessionOptions } from "./live/events.ts";
import type { Session } from "./live/session.ts";
import { Sessions } from "./live/sessions.ts";
import type { PromptParts } from "./prompt.ts";
import { transcribe } from "./transcribe.ts";

export interface TranscribeOptions {
  model: InstalledModel;
  /** A code of text/languages.ts; absent: detected once. */
  language?: string;
  /** Detection chooses among these only. */
  languages?: readonly string[];
  /** Speakers change their language: it is detected again for each window, and words say which one theirs is. */
  mixedLanguages?: boolean;
  task: "transcribe" | "translate";
  prompt?: string;
  keyterms?: readonly string[];
  /** Every word with its times. */
  words: boolean;
  /** Segments as people read them; without these and without words there is one segment per decode window, which is fastest. */
  segments: boolean;
  channels: "mono" | "separate";
  raw?: RawEncoding;
  /** Above 0 it is the temperature of the first attempt. */
  temperature?: number;
  beamSize?: number;
  /** Whose work it is: clients take turns. */
  client: string;
  /** What this work is called where transcripts are sent on: the same when it is done again. Something new unless given. */
  session?: string;
  vad?: Partial<RegionOptions>;
}

export type TranscribeEvent =
  /** `done` seconds of audio are settled. */
  | { type: "progress"; done: number; duration?: number }
  /** In order of time within a channel. */
  | { type: "segment"; channel: number; segment: Segment }
  /** The last event. */
  | { type: "transcript"; transcript: Transcript; statistics: DecodingStatistics };

/** How the decoding of a file went. */
export interface DecodingStatistics {
  /** Seconds of speech found, over all channels. */
  speech: number;
  /** Decode windows, and how many of them were decoded with a part of the encoder's context at first. */
  windows: number;
  trimmed: number;
  /** Windows that were decoded again, by what was doubted about the first result (one window may count several times). */
  doubted: Record<string, number>;
  redecoded: number;
  /** Windows from which text was left out, by the reason. */
  dropped: Record<string, number>;
  /** Samples that were no numbers, and were taken for silence. */
  repaired: number;
}

export interface Recognizer {
  /** Transcribes a file. Ends everything at once when the signal is aborted or the reader leaves. */
  transcribe(source: MediaSource, options: TranscribeOptions, signal?: AbortSignal): AsyncIterable<TranscribeEvent>;
  /** Opens a live session: audio is pushed as it is heard. Throws what it cannot do, and `busy`. */
  openSession(options: SessionOptions): Session;
  /** Closes the sessions that are open, finals first, within so many seconds. */
  closeSessions(deadline: number): Promise<void>;
}

/** How texts are searched for, where a request does not say. */
export interface DecodeSettings {
  beamSize: number;
  /** The same for finals of live sessions. */
  liveBeamSize: number;
  bestOf: number;
  temperature: number;
  /** 0: a result that is doubted is decoded again, but never at a higher temperature. */
  temperatureStep: number;
}

/** What the recognizer stands on. */
export interface RecognizerParts {
  engines: Engines;
  vad: SpeechDetector;
  openMedia(source: MediaSource, options: MediaOptions): Promise<OpenMedia>;
  openStream(options: StreamOptions): MediaStream;
  /** Defaults that requests may add to or replace. */
  settings: PromptParts & {
    vad: RegionOptions;
    decode: DecodeSettings;
    /** Bytes of audio that all live sessions together may hold; 0: a share of the machine's memory. */
    liveMemory: number;
  };
  log: Log;
  metrics: Metrics;
}

export function createRecognizer(parts: RecognizerParts): Recognizer {
  const sessions = new Sessions(parts);
  return {
    transcribe: (source, options, signal) => transcribe(parts, source, options, signal),
    openSession: (options) => sessions.open(options),
    closeSessions: (deadline) => sessions.close(deadline),
  };
}
