/**
 * Audio of a session that waits for being decoded: the scheduler is told how much it is, whoever pushes can wait until it is little, and what
 * all sessions hold together has an end.
 */
import type { Claim } from "../../engine/admission.ts";
import { machineMemory } from "../../engine/memory.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";

/** An utterance of the longest kind and the audio of a file's pieces beside it: with more seconds than this, `ready` waits. */
const LITTLE = 40;
/** Bytes of a second of samples. */
const SECOND = SAMPLE_RATE * Float32Array.BYTES_PER_ELEMENT;
/** Share of the machine's memory that all sessions together may hold when nothing is set. What the VAD has not answered it holds, too. */
const SHARE = 1 / 16;

export interface BacklogOwner {
  /** May become more. Samples. */
  readonly channels: readonly { readonly waiting: number }[];
  /** Bytes that are not samples yet. */
  readonly undecoded: number;
  /** All sessions together hold more than they may, and none as much as this one: it is to end. */
  isFurthest(): void;
}

export class Backlog {
  readonly #claim: Claim;
  readonly #owner: BacklogOwner;
  readonly #all: Backlogs;
  /** Whole seconds that the claim stands for: a silent session, which holds less than one, claims nothing. */
  #claimed = 0;
  #held = 0;
  #ready: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  constructor(claim: Claim, owner: BacklogOwner, all: Backlogs) {
    this.#claim = claim;
    this.#owner = owner;
    this.#all = all;
  }

  /** Bytes. */
  get held(): number {
    return this.#held;
  }

  /** Whether any channel would hold more than so many seconds, with so many samples more. */
  exceeds(seconds: number, more: number): boolean {
    const most = seconds * SAMPLE_RATE - more;
    return this.#owner.channels.some(({ waiting }) => waiting > most);
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
    for (const { waiting } of this.#owner.channels) seconds += Math.floor(waiting / SAMPLE_RATE);
    if (seconds !== this.#claimed) this.#claim.grow(seconds - this.#claimed);
    this.#claimed = seconds;
    if (this.#ready !== undefined && this.#isLittle) {
      this.#ready.resolve();
      this.#ready = undefined;
    }
    const before = this.#held;
    this.#held = seconds * SECOND + this.#owner.undecoded;
    if (this.#held !== before) this.#all.changed(this, before);
  }

  /** Tells its owner to end. */
  end(): void {
    this.#owner.isFurthest();
  }

  /** Nothing waits any more. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#claim.release();
    this.#ready?.resolve();
    const before = this.#held;
    this.#held = 0;
    this.#all.changed(this, before);
  }

  get #isLittle(): boolean {
    return this.#owner.channels.every(({ waiting }) => waiting <= LITTLE * SAMPLE_RATE);
  }
}

/** What the sessions of a process hold. A machine that hears slower than they speak would otherwise keep all of it. */
export class Backlogs {
  readonly #most: number;
  /** Those that hold anything. */
  readonly #holding = new Set<Backlog>();
  #bytes = 0;

  /** `most`: bytes; 0: a sixteenth of the machine's memory. */
  constructor(most: number) {
    this.#most = most || SHARE * machineMemory();
  }

  /** One of them holds more than before, or less. */
  changed(backlog: Backlog, before: number): void {
    this.#bytes += backlog.held - before;
    if (backlog.held === 0) this.#holding.delete(backlog);
    else this.#holding.add(backlog);
    while (this.#bytes > this.#most) {
      const furthest = [...this.#holding].reduce((most, one) => (one.held > most.held ? one : most));
      furthest.end();
      // It has, by now.
      furthest.release();
    }
  }
}
