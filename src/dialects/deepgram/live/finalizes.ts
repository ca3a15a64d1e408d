/**
 * Wishes of a client to have what it said made final. Each has its answer, also where a client repeats itself hundreds of times: what is asked
 * for again before more audio came is asked of the session once.
 */

interface Wish {
  /** Undefined: all. */
  channel: number | undefined;
  /** Channels that are still to answer. */
  awaited: Set<number>;
  /** How often it was said again. */
  repeats: number;
}

export class Finalizes {
  readonly #wishes: Wish[] = [];
  /** Audio has come since the last one. */
  #isOld = true;

  /** Audio has come. */
  audio(): void {
    this.#isOld = true;
  }

  /** Takes a wish for one channel or all of so many; false: it is the last one again. */
  add(channel: number | undefined, channels: number): boolean {
    const last = this.#wishes.at(-1);
    if (last && !this.#isOld && last.channel === channel) {
      last.repeats++;
      return false;
    }
    const awaited = channel === undefined ? Array.from({ length: channels }, (_, i) => i) : [channel];
    this.#wishes.push({ channel, awaited: new Set(awaited), repeats: 0 });
    this.#isOld = false;
    return true;
  }

  /** A channel has answered the first wish that waits for it: how often it has to say so again. */
  answered(channel: number): number {
    const wish = this.#wishes.find(({ awaited }) => awaited.has(channel));
    if (wish === undefined) return 0;
    wish.awaited.delete(channel);
    const { repeats } = wish;
    while (this.#wishes[0]?.awaited.size === 0) this.#wishes.shift();
    return repeats;
  }
}
