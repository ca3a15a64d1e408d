/** Several channels' resamplers in step: planes of any rate in, planes of 16 kHz out. native/src/resample.cpp has the filter's figures. */
import { Resampler } from "../native/resampler.ts";

export const SAMPLE_RATE = 16_000;

export class StreamResampler {
  /** None at 16 kHz: there planes pass through as they are. */
  readonly #resamplers: Resampler[];
  readonly #planes: number;

  /** `rate` in Hz, 1000 to 384000. */
  constructor(rate: number, planes: number) {
    this.#planes = planes;
    this.#resamplers = rate === SAMPLE_RATE ? [] : Array.from({ length: planes }, () => new Resampler(rate));
  }

  push(planes: Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer>[] {
    if (this.#resamplers.length === 0) return planes;
    return this.#resamplers.map((resampler, i) => resampler.push(planes[i] ?? new Float32Array(0)));
  }

  /** What is held back at a stream's end: round(n * 16000 / rate) samples have come then. Afterwards a new stream may begin. */
  flush(): Float32Array<ArrayBuffer>[] {
    return Array.from({ length: this.#planes }, (_, i) => this.#resamplers[i]?.flush() ?? new Float32Array(0));
  }

  close(): void {
    for (const resampler of this.#resamplers) resampler.close();
  }
}
