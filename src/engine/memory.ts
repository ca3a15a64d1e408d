/** Several models within the memory that they may take: the one unused for longest makes room. */
import { totalmem } from "node:os";
import { VerbatimError } from "../error.ts";
import type { Engine } from "./engine.ts";

/** Share of the machine's memory that models may take when nothing is set. */
const SHARE = 0.75;

/** Seconds after which a model that is busy now may have become idle. */
const RETRY_AFTER = 10;

export class ModelMemory {
  readonly #limit: number;
  /** Models come in one after another, or two could each wait for the other's room. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `limit` in bytes; 0: three quarters of the machine's memory. */
  constructor(limit: number) {
    this.#limit = limit || SHARE * machineMemory();
  }

  /** Unloads what must go for this engine, and marks it as having room. Rejects with `engine-failed` or `busy`. */
  make(engine: Engine, all: Iterable<Engine>, isIdle: (engine: Engine) => boolean): Promise<void> {
    const made = this.#turn.then(() => this.#make(engine, all, isIdle));
    this.#turn = made.catch(() => {});
    return made;
  }

  async #make(engine: Engine, all: Iterable<Engine>, isIdle: (engine: Engine) => boolean): Promise<void> {
    const { id } = engine.model;
    if (engine.neededMemory > this.#limit)
      throw new VerbatimError(
        "engine-failed",
        `The model ${id} needs about ${gigabytes(engine.neededMemory)}, and models may take ${gigabytes(this.#limit)}.`,
      );
    for (;;) {
      const others = [...all].filter((other) => other !== engine && other.hasRoom);
      const taken = others.reduce((sum, other) => sum + other.neededMemory, 0);
      if (taken + engine.neededMemory <= this.#limit) break;
      const [oldest] = others.filter(isIdle).sort((a, b) => a.lastUsed - b.lastUsed);
      if (!oldest)
        throw new VerbatimError(
          "busy",
          `There is no memory for the model ${id} (${gigabytes(engine.neededMemory)}) beside those in use (${gigabytes(taken)} of ${gigabytes(this.#limit)}).`,
          { retryAfter: RETRY_AFTER },
        );
      await oldest.unload("memory");
    }
    engine.hasRoom = true;
  }
}

/** Bytes that the machine has, or that its container allows. */
export function machineMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
