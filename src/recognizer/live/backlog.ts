/** Audio of a session that waits for being decoded: the scheduler is told how much it is, and whoever pushes can wait until it is little. */
import type { Claim } from "../../engine/admission.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";

/** An utterance of the longest kind and the audio of a file's pieces beside it: with more seconds than this, `ready` waits. */
const LITTLE = 40;

interface Waiting {
  /** Samples. */
  readonly waiting: number;
}

export class Backlog {
  readonly #claim: Claim;
  readonly #channels: readonly Waiting[];
  /** Whole seconds that the claim stands for: a silent session, which holds less than one, claims nothing. */
  #claimed = 0;
  #ready: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  /** `channels` may grow. */
  constructor(claim: Claim, channels: readonly Waiting[]) {
    this.#claim = claim;
    this.#channels = channels;
  }

  /** Whether any channel would hold more than so many seconds, with so many samples more. */
  exceeds(seconds: number, more: number): boolean {
    const most = seconds * SAMPLE_RATE - more;
    return this.#channels.some(({ waiting }) => waiting > most);
  }

  /** Resolves when there is little. */
  ready(): Promise<void> {
    if (this.#isOver || this.#isLittle) return Promise.resolve();
    this.#ready ??= Promise.withResolvers();
    return this.#ready.promise;
  }

  /** There is more, or less. */
  changed(): void {
    if (this.#isOver) return;
    let seconds = 0;
    for (const { waiting } of this.#channels) seconds += Math.floor(waiting / SAMPLE_RATE);
    if (seconds !== this.#claimed) this.#claim.grow(seconds - this.#claimed);
    this.#claimed = seconds;
    if (this.#ready === undefined || !this.#isLittle) return;
    this.#ready.resolve();
    this.#ready = undefined;
  }

  /** Nothing waits any more. */
  release(): void {
    this.#isOver = true;
    this.#claim.release();
    this.#ready?.resolve();
  }

  get #isLittle(): boolean {
    return this.#channels.every(({ waiting }) => waiting <= LITTLE * SAMPLE_RATE);
  }
}
