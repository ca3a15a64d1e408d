/** Memory that one request takes for what it sends, out of what all may take together. Goes back when its scope ends. */
import { VerbatimError } from "../error.ts";
import type { Spool } from "./spool.ts";

/** Bytes of a request that are too few to be counted: one that only says what it wants is never refused for them. */
export const FREE_BYTES = 64 * 1024;
/** Seconds after which others may have been answered. */
const RETRY_AFTER = 5;

export class Hold implements Disposable {
  readonly #spool: Spool;
  #bytes = 0;
  #claimed = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Takes so many bytes more; throws `busy` when there are none left. */
  take(bytes: number): void {
    this.#bytes += bytes;
    const more = Math.max(0, this.#bytes - FREE_BYTES) - this.#claimed;
    if (!this.#spool.claim(more))
      throw new VerbatimError(
        "busy",
        `Requests hold as much memory as they may (upload-memory). Try again in ${RETRY_AFTER} s.`,
        { retryAfter: RETRY_AFTER },
      );
    this.#claimed += more;
  }

  [Symbol.dispose](): void {
    this.#spool.giveBack(this.#claimed);
    this.#claimed = 0;
  }
}
