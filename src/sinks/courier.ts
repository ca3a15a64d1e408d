/**
 * Brings what waits to one destination, batch after batch, for as long as the server runs. When the destination is down, everything stays
 * where it is and the next attempt comes after a pause that doubles each time. Partials go out only when no final waits: the newest one of
 * each channel, once.
 */

import { toVerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Destination, Outcome, Parcel, Queued } from "./destination.ts";
import type { SinkQueue } from "./queue.ts";

/** Records of one attempt: enough to catch up fast, few enough to be repeated. */
const BATCH = 64;

/** Channels whose newest partial is kept while a destination is busy. */
const MOST_PARTIALS = 1000;

/** Milliseconds. */
export interface Pace {
  /** Pause after the first failure, and the longest one. */
  first: number;
  longest: number;
}

const defaultPace: Pace = { first: 500, longest: 60_000 };

/** What a destination asks for is heeded up to so many seconds. */
const LONGEST_RETRY_AFTER = 600;

/** Milliseconds between two warnings that a sink is down. */
const WARN_INTERVAL = 60_000;

export interface CourierParts {
  queue: SinkQueue;
  log: Log;
  metrics: Metrics;
  pace?: Partial<Pace> | undefined;
}

export class Courier {
  readonly #destination: Destination;
  readonly #queue: SinkQueue;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #pace: Pace;
  readonly #partials = new Map<string, Parcel>();
  readonly #stop = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #woken = Promise.withResolvers<void>();
  /** Something came while the last look was made. */
  #news = false;
  /** Resolved when nothing waits, or nothing can be delivered. */
  #rested = Promise.withResolvers<void>();
  /** Something was settled in this attempt. */
  #progress = false;
  /** Attempts one after the other in which nothing was. */
  #failures = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(destination: Destination, { queue, log, metrics, pace }: CourierParts) {
    this.#destination = destination;
    this.#queue = queue;
    this.#log = log.child({ sink: destination.name });
    this.#metrics = metrics;
    this.#pace = { ...defaultPace, ...pace };
    metrics.sinkQueue.read({ sink: destination.name }, () => (this.#stop.signal.aborted ? 0 : (this.#waiting ?? 0)));
    this.#running = this.#run();
  }

  /** There is something new on disk. */
  wake(): void {
    this.#news = true;
    this.#woken.resolve();
  }

  /** The newest partial of a channel; takes the place of the one before. */
  partial(channel: string, parcel: Parcel): void {
    this.#partials.delete(channel);
    this.#partials.set(channel, parcel);
    if (this.#partials.size > MOST_PARTIALS) this.overtaken(this.#partials.keys().next().value as string);
    this.wake();
  }

  /** A final has overtaken what was guessed before it. */
  overtaken(channel: string): void {
    if (this.#partials.delete(channel)) this.#count("overtaken", 1);
  }

  /** Goes on for at most so many milliseconds while something waits and the destination takes it; the rest stays on disk. */
  async close(grace: number): Promise<void> {
    this.#partials.clear();
    if (this.#failures === 0) {
      this.#rested = Promise.withResolvers();
      this.wake();
      await within(grace, this.#rested.promise);
    }
    this.#stop.abort();
    this.#stopped.resolve();
    await this.#running;
    await this.#destination.close();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#woken = Promise.withResolvers();
      this.#news = false;
      this.#progress = false;
      try {
        if ((await this.#attempt()) || this.#news) continue;
        this.#rested.resolve();
        await Promise.race([this.#woken.promise, this.#stopped.promise]);
      } catch (thrown) {
        const pause = this.#failed(thrown);
        this.#rested.resolve();
        await within(pause, this.#stopped.promise);
      }
    }
  }

  /** One batch, or the partials; false when nothing waits. */
  async #attempt(): Promise<boolean> {
    const { name } = this.#destination;
    const { signal } = this.#stop;
    const batch = this.#queue.next(name, BATCH);
    if (batch.length > 0) {
      await this.#destination.deliver(batch, (parcels, outcome) => this.#settle(parcels, outcome), signal);
      if (this.#failures > 0) this.#log.info("a sink takes records again");
      this.#failures = 0;
      return true;
    }
    if (this.#partials.size === 0) return false;
    const partials = [...this.#partials.values()];
    this.#partials.clear();
    try {
      await this.#destination.tell(partials, signal);
      this.#count("partial", partials.length);
    } catch (thrown) {
      this.#count("partial-lost", partials.length);
      this.#log.debug("partials were not delivered", { count: partials.length, error: thrown });
    }
    return true;
  }

  #settle(parcels: readonly Queued[], outcome: Outcome): void {
    if (parcels.length === 0) return;
    this.#progress = true;
    const settled = this.#queue.settle(this.#destination.name, parcels);
    this.#count(outcome, settled);
    if (outcome === "refused") this.#log.warn("a sink refused records", { count: settled });
  }

  /** Counts a failure and says how many milliseconds to pause. */
  #failed(thrown: unknown): number {
    if (this.#stop.signal.aborted) return 0;
    this.#metrics.sinkFailures.add({ sink: this.#destination.name });
    if (this.#progress) this.#failures = 0;
    const { first, longest } = this.#pace;
    const doubled = Math.min(longest, first * 2 ** this.#failures++);
    const { retryAfter = 0 } = toVerbatimError(thrown);
    // Not all sinks of many servers at the same moment.
    const pause = Math.max(doubled * (0.75 + 0.25 * Math.random()), 1000 * Math.min(retryAfter, LONGEST_RETRY_AFTER));
    const now = performance.now();
    if (now - this.#warnedAt >= WARN_INTERVAL) {
      this.#warnedAt = now;
      this.#log.warn("a sink does not take records", { waiting: this.#waiting, error: thrown });
    }
    return pause;
  }

  /** Records that it is still to get; undefined when the disk does not say, which may be the failure that is being told of. */
  get #waiting(): number | undefined {
    try {
      return this.#queue.waiting(this.#destination.name);
    } catch {
      return undefined;
    }
  }

  #count(outcome: string, amount: number): void {
    if (amount > 0) this.#metrics.sinkRecords.add({ sink: this.#destination.name, outcome }, amount);
  }
}

/** Waits for a promise, at most so many milliseconds. */
async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, milliseconds);
  await Promise.race([promise, over.promise]);
  clearTimeout(timer);
}
