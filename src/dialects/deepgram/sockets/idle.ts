/** Notices a client from which nothing comes. */

export class IdleWatch {
  readonly #milliseconds: number;
  readonly #idle: () => void;
  #last = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** `idle` is called once, when nothing came for so many seconds; 0: never. */
  constructor(seconds: number, idle: () => void) {
    this.#milliseconds = seconds * 1000;
    this.#idle = idle;
    if (seconds > 0) this.#wait(this.#milliseconds);
  }

  /** Something came. */
  touch(): void {
    this.#last = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Frames come many times a second: the timer runs on and looks how old the last one is. */
  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#milliseconds - (performance.now() - this.#last);
      if (left > 0) this.#wait(left);
      else this.#idle();
    }, milliseconds);
  }
}
