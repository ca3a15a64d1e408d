/** What recognition produces, in the product's own words. Times are seconds of audio time; text is raw, never formatted. */

export interface Word {
  /** Raw text as recognised, with its punctuation and without the space before it. */
  text: string;
  from: number;
  to: number;
  /** 0..1 */
  confidence: number;
  speaker?: number;
  /** ISO 639-1 code, when it may differ from word to word. */
  language?: string;
}

export interface Token {
  id: number;
  /** The token's raw bytes; a character may be split over several tokens. */
  bytes: Uint8Array;
  logProbability: number;
}

export interface Segment {
  /** Raw text, with the leading space the model gives it. */
  text: string;
  from: number;
  to: number;
  words: Word[];
  /** Segments with times of their own begin and end with the vocabulary's timestamp tokens (`<|1.32|>`, from the window's start). */
  tokens: Token[];
  /** The temperature that finally gave this text. */
  temperature: number;
  averageLogProbability: number;
  noSpeechProbability: number;
  compressionRatio: number;
  /** Start of the decode window this segment came from, seconds of audio time. */
  windowStart: number;
}

/** Everything that one channel said. */
export interface Channel {
  segments: Segment[];
  /** ISO 639-1 code, when each channel's language was detected by itself. */
  language?: string;
  /** 0..1, of that language. */
  languageProbability?: number;
}

export interface Transcript {
  channels: Channel[];
  /** ISO 639-1 code of the language that was spoken (also when the task is translation). */
  language: string;
  /** 0..1 when it was detected, absent when it was given. */
  languageProbability?: number;
  /** Seconds of audio. */
  duration: number;
  task: "transcribe" | "translate";
  /** The id of the model that really ran. */
  model: string;
}
