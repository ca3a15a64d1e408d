/** Jobs that wait: finals before partials before file pieces, and within a lane the clients take turns. */
import { LANES, type Lane } from "./job.ts";

/** What the queue looks at. */
export interface Queued {
  readonly lane: Lane;
  readonly client: string;
  /** A later one of the same client with the same key takes its place. */
  readonly key: string | undefined;
}

export class LaneQueue<Item extends Queued> {
  /** Client → its jobs, oldest first. A Map keeps the order of insertion: the client at its head is next. */
  readonly #lanes: Record<Lane, Map<string, Item[]>> = { final: new Map(), partial: new Map(), file: new Map() };

  /** Queues an item. The answer is the one whose place it takes, turn included, so that a client that always replaces still gets its turn. */
  add(item: Item): Item | undefined {
    const clients = this.#lanes[item.lane];
    const items = clients.get(item.client);
    if (!items) {
      clients.set(item.client, [item]);
      return undefined;
    }
    const old = item.key === undefined ? -1 : items.findIndex(({ key }) => key === item.key);
    if (old < 0) {
      items.push(item);
      return undefined;
    }
    return items.splice(old, 1, item)[0];
  }

  /** Puts items that were taken before anything that waits, in the order given. */
  putBack(taken: readonly Item[]): void {
    for (const item of taken.toReversed()) {
      const clients = this.#lanes[item.lane];
      const rest = clients.get(item.client) ?? [];
      clients.delete(item.client);
      this.#lanes[item.lane] = new Map([[item.client, [item, ...rest]], ...clients]);
    }
  }

  /** The next item that may start, which stays where it is. */
  peek(may: (item: Item) => boolean): Item | undefined {
    for (const lane of LANES)
      for (const items of this.#lanes[lane].values()) {
        const item = items.find(may);
        if (item) return item;
      }
    return undefined;
  }

  /** Takes the next item that may start; its client goes to the end of the row. */
  take(may: (item: Item) => boolean): Item | undefined {
    const item = this.peek(may);
    if (!item) return undefined;
    const clients = this.#lanes[item.lane];
    const items = clients.get(item.client) ?? [];
    items.splice(items.indexOf(item), 1);
    clients.delete(item.client);
    if (items.length > 0) clients.set(item.client, items);
    return item;
  }

  /** Takes one item out; false when it does not wait here. */
  remove(item: Item): boolean {
    const clients = this.#lanes[item.lane];
    const items = clients.get(item.client);
    const at = items?.indexOf(item) ?? -1;
    if (!items || at < 0) return false;
    items.splice(at, 1);
    if (items.length === 0) clients.delete(item.client);
    return true;
  }

  /** Everything that waits, in no promised order. */
  *[Symbol.iterator](): Iterator<Item> {
    for (const lane of LANES) for (const items of this.#lanes[lane].values()) yield* items;
  }

  /** How many of a lane wait. */
  depth(lane: Lane, which: (item: Item) => boolean = () => true): number {
    let count = 0;
    for (const items of this.#lanes[lane].values()) for (const item of items) if (which(item)) count++;
    return count;
  }
}
