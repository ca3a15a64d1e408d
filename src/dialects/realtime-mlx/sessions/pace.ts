/**
 * Notices a wrong sample rate by the clock: samples that come second after second at the pace of another common rate are that rate's. Who sends
 * a file as fast as it goes keeps no pace, and is never suspected.
 */
import type { RawEncoding } from "../../../audio/media.ts";
import { sampleBytes } from "../../../audio/pcm.ts";

const COMMON = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/** Milliseconds of a measurement, and how many must agree. */
const WINDOW = 1000;
const AGREEING = 3;
/** How far off the pace of one may be. */
const TOLERANCE = 0.04;

export class PaceWatch {
  readonly #now: () => number;
  #began: number | undefined;
  #samples = 0;
  #suspect: number | undefined;
  #agreed = 0;
  #isTold = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes the length of what has just come; gives a sentence, once, when the declared rate cannot be right. */
  add(bytes: number, { encoding, rate, channels }: RawEncoding): string | undefined {
    const now = this.#now();
    // What the first message holds was gathered before the clock began.
    if (this.#began === undefined) {
      this.#began = now;
      return undefined;
    }
    this.#samples += bytes / sampleBytes(encoding) / channels;
    const passed = now - this.#began;
    if (passed < WINDOW) return undefined;
    const pace = (this.#samples * 1000) / passed;
    this.#began = now;
    this.#samples = 0;
    const found = COMMON.find((common) => Math.abs(pace / common - 1) < TOLERANCE);
    this.#agreed = found === this.#suspect ? this.#agreed + 1 : 1;
    this.#suspect = found;
    if (this.#isTold || found === undefined || found === rate || this.#agreed < AGREEING) return undefined;
    // A declared rate that is none of the common ones may be close to one.
    if (Math.abs(pace / rate - 1) < TOLERANCE) return undefined;
    this.#isTold = true;
    return `The audio is declared as ${rate} Hz, and comes at the pace of ${found} Hz: declare the rate that it has.`;
  }
}
