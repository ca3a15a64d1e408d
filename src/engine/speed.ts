/** How fast this machine has decoded lately: what `retryAfter` is computed from. */

/** Share of the newest job in the average: about the last twenty count. */
const NEWEST = 0.05;

/** Thread-seconds per second of audio before anything was decoded: slow enough for a small CPU. */
const FIRST_GUESS = 0.25;

export class Speed {
  readonly #threads: number;
  /** Thread-seconds of work per second of audio. */
  #cost: number | undefined;

  /** `threads`: how many the machine runs at once. */
  constructor(threads: number) {
    this.#threads = threads;
  }

  observe(audioSeconds: number, workSeconds: number, threads: number): void {
    if (audioSeconds <= 0) return;
    const cost = (workSeconds * threads) / audioSeconds;
    this.#cost = this.#cost === undefined ? cost : this.#cost + NEWEST * (cost - this.#cost);
  }

  /** Seconds of audio that get done in a second, all threads together. */
  get audioPerSecond(): number {
    return this.#threads / (this.#cost ?? FIRST_GUESS);
  }
}
