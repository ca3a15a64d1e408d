/** One unit of engine work and its answer, as the rest of the program sees them. */

/** A job's class, most urgent first. */
export const LANES = ["final", "partial", "file"] as const;
export type Lane = (typeof LANES)[number];

export interface DecodeOptions {
  /** ISO 639-1 code; absent: detect, which costs one more pass over the encoder. */
  language?: string;
  task?: "transcribe" | "translate";
  /** `none` is fastest, `words` gives each token its times. */
  times?: "none" | "segments" | "words";
  prompt?: string;
  /** Token ids the text must begin with. */
  prefix?: readonly number[];
  /** Encoder positions of 20 ms to look at; absent or 0: the full 30 s. */
  audioContext?: number;
  maxTokens?: number;
  /** 1 is greedy. */
  beamSize?: number;
  bestOf?: number;
  temperature?: number;
  /** 0: no fallback to higher temperatures. */
  temperatureStep?: number;
  suppressNonSpeech?: boolean;
}

export interface Job {
  lane: Lane;
  /** Whose job it is: lanes are fair between clients. */
  client: string;
  /** 16 kHz mono, at most 30 s. Held by the caller until the answer comes, so that it can be decoded again after a crash. */
  pcm: Float32Array;
  options: DecodeOptions;
  /** A queued job of the same client with the same key is dropped (`cancelled`) when this one is queued. */
  replaces?: string;
  signal?: AbortSignal;
}

export interface DecodedToken {
  id: number;
  text?: string;
  /** Hexadecimal bytes, where they are no valid UTF-8 by themselves. */
  hex?: string;
  p: number;
  logp: number;
  from?: number;
  to?: number;
}

interface DecodedSegment {
  from: number;
  to: number;
  text: string;
  tokens: DecodedToken[];
}

/** The JSON that libverbatim writes (native/include/verbatim.h); times are seconds from the job's first sample. */
export interface Decoded {
  language: string;
  languageProbability?: number;
  noSpeechProbability: number;
  averageLogProbability: number;
  /** Over the last tokens: low when the text repeats itself. */
  entropy: number;
  temperature: number;
  audioContext: number;
  /** The token limit was reached before the text's end. */
  truncated: boolean;
  text: string;
  segments: DecodedSegment[];
  /** Seconds spent in each step. */
  cost: { mel: number; encode: number; prompt: number; decode: number; times: number };
  steps: number;
}

export interface LanguageGuess {
  language: string;
  probability: number;
  all: Record<string, number>;
}

/** What an engine process says of its model when it is ready. */
export interface ModelFacts {
  type: string;
  quantisation: string;
  multilingual: boolean;
  languages: string[];
  memory: number;
  backend: string;
}
