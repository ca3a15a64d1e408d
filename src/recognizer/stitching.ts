import type { Segment } from "../text/transcript.ts";

/** Puts the segments of windows, which are done in any order, into the order of time. */
export class Stitching {
  readonly #waiting = new Map<number, readonly Segment[]>();
  #next = 0;
  /** All segments that have their place. */
  readonly segments: Segment[] = [];

  /** Takes the segments of the window with this number; returns those that have found their place by it. */
  add(window: number, segments: readonly Segment[]): Segment[] {
    this.#waiting.set(window, segments);
    const placed: Segment[] = [];
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next++);
      placed.push(...next);
    }
    this.segments.push(...placed);
    return placed;
  }
}
