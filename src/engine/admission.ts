/** How much work may wait: audio is admitted by the second, and past the limit a client hears at once when to come again. */
import { VerbatimError } from "../error.ts";
import type { Speed } from "./speed.ts";

/** Room for some seconds of audio, held until their work is done. */
export interface Claim {
  /** More audio than was known at first. It has been let in already, so this never refuses; a negative number is audio that is done. */
  grow(seconds: number): void;
  release(): void;
}

/** Share of the limit that may wait besides a job that is larger than the limit: somebody always speaks on a live stream. */
const BESIDES = 0.1;

/** Bounds of `retryAfter`, in seconds. */
const SOONEST = 1;
const LATEST = 600;

export class Admission {
  readonly #limit: number;
  readonly #speed: Speed;
  #seconds = 0;
  #claims = 0;

  constructor(limit: number, speed: Speed) {
    this.#limit = limit;
    this.#speed = speed;
  }

  /** Seconds of audio that are admitted and not done. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Throws `busy` when so much more does not fit. One job larger than the limit is let in when hardly anything else waits. */
  admit(seconds: number): Claim {
    const over = this.#seconds + seconds - this.#limit;
    const isLoneGiant = seconds > this.#limit && this.#seconds <= BESIDES * this.#limit;
    if (over > 0 && !isLoneGiant) {
      const wait = Math.min(over, this.#seconds) / this.#speed.audioPerSecond;
      const retryAfter = Math.ceil(Math.min(LATEST, Math.max(SOONEST, wait)));
      throw new VerbatimError("busy", `Too much audio is waiting already. Try again in ${retryAfter} s.`, {
        retryAfter,
      });
    }
    this.#seconds += seconds;
    this.#claims++;
    let held = seconds;
    let isOpen = true;
    return {
      grow: (more) => {
        if (!isOpen) return;
        // A claim never gives back more than it has taken.
        const change = Math.max(more, -held);
        held += change;
        this.#seconds += change;
      },
      release: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#claims--;
        // Fractions add up to something near zero, not to zero.
        this.#seconds = this.#claims === 0 ? 0 : this.#seconds - held;
      },
    };
  }
}
