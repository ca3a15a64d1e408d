/** Wake words: said or not, and when. */

export interface Heard {
  /** As it was asked for. */
  word: string;
  /** The classifier's score when it rose over the threshold, 0..1. */
  score: number;
  /** Seconds of the stream's audio, counted from its beginning or its last reset: the end of the 80 ms in which the score rose. */
  at: number;
}

/** One stream's memory in the thread. */
export interface WakeWordStream {
  /** The words heard in the frames of 80 ms that this push completes (what is left over waits for the next push). */
  push(pcm: Float32Array): Promise<Heard[]>;
  /** Forgets what was heard: the next push begins a stream. */
  reset(): void;
  close(): void;
}

export interface WakeWordOptions {
  /** Names of `WAKE_WORDS`, or short ones such as `jarvis`. */
  words: readonly string[];
  /** 0..1, see `thresholdOf`; 0.5 unless given. */
  sensitivity?: number;
  /** Seconds in which a word that was told is not told again; 2 unless given. */
  debounce?: number;
}

export interface WakeWordDetector {
  /** Opens a stream of 16 kHz PCM. Rejects with `bad-parameter` for a word that does not exist. */
  open(options: WakeWordOptions): Promise<WakeWordStream>;
  close(): Promise<void>;
}
