/** How loud it is: a meter for the eye, which must tell a dead microphone from a quiet room. */

/** Decibels below full scale that the meter begins at: a quiet room at a usual microphone. */
const FLOOR = -60;
const WIDTH = 12;
/** Seconds in which a peak falls by half of the meter: long enough to be seen. */
const FALL = 1;

export class Level {
  readonly #rate: number;
  #decibels = Number.NEGATIVE_INFINITY;

  /** `rate`: samples in a second. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Takes what is heard next. */
  push(pcm: Float32Array): void {
    let sum = 0;
    for (const sample of pcm) sum += sample * sample;
    const now = pcm.length === 0 ? this.#decibels : 10 * Math.log10(sum / pcm.length);
    const fallen = this.#decibels + (FLOOR / 2 / FALL) * (pcm.length / this.#rate);
    this.#decibels = Math.max(now, fallen);
  }

  /** RMS in decibels below full scale, of now or of a moment ago; negative infinity where there is not the least sound. */
  get decibels(): number {
    return this.#decibels < 2 * FLOOR ? Number.NEGATIVE_INFINITY : this.#decibels;
  }

  /** `[======      ] -31 dB` */
  toString(): string {
    const { decibels } = this;
    const share = Math.min(1, Math.max(0, 1 - decibels / FLOOR));
    const full = Number.isFinite(decibels) ? Math.round(share * WIDTH) : 0;
    const bar = `[${"=".repeat(full)}${" ".repeat(WIDTH - full)}]`;
    return `${bar} ${Number.isFinite(decibels) ? `${Math.round(decibels)} dB` : "no sound"}`;
  }
}
