/** Notices that nothing comes from a client any more. */

/**
 * Milliseconds between the last look and the end. Timers go first when a program goes on that was stopped, or on a machine that slept: what came
 * meanwhile is read by then.
 */
const LAST_LOOK = 20;

export class QuietWatch {
  readonly #quiet: () => void;
  #patience = 0;
  #last = 0;
  /** When the timer goes off (milliseconds of `performance.now`). */
  #due = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  /** `quiet` is called, each time once, when what was expected has not come. */
  constructor(quiet: () => void) {
    this.#quiet = quiet;
  }

  /** Something came: something else is to come within so many milliseconds. */
  expect(patience: number): void {
    this.#patience = patience;
    this.#last = performance.now();
    // Frames come many times a second: the timer runs on and looks how old the last one is.
    if (this.#last + patience < this.#due) this.#wait(patience, false);
  }

  /** Nothing is expected. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }

  #wait(milliseconds: number, isLast: boolean): void {
    clearTimeout(this.#timer);
    this.#due = performance.now() + milliseconds;
    this.#timer = setTimeout(() => {
      const left = this.#last + this.#patience - performance.now();
      if (left > 0) this.#wait(left, false);
      else if (!isLast) this.#wait(LAST_LOOK, true);
      else {
        this.stop();
        this.#quiet();
      }
    }, milliseconds);
  }
}
