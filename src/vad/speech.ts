/** Speech or not, in frames of 32 ms (512 samples at 16 kHz). */

export const FRAME_SAMPLES = 512;

/** One stream's memory in the VAD thread. */
export interface SpeechStream {
  /** Probabilities of speech, one per whole frame that this push completes (what is left over waits for the next push). */
  push(pcm: Float32Array): Promise<Float32Array>;
  reset(): void;
  close(): void;
}

export interface SpeechDetector {
  open(): SpeechStream;
  close(): Promise<void>;
}

/** A stretch of speech, seconds of audio time. */
export interface Region {
  from: number;
  to: number;
}

export interface RegionOptions {
  /** Probability above which speech begins; it ends below `threshold - hysteresis`. */
  threshold: number;
  hysteresis: number;
  minSpeechMs: number;
  minSilenceMs: number;
  padMs: number;
}
