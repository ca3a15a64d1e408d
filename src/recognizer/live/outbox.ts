/** A session's events on their way to whoever reads them: numbered, the overtaken ones left out, and closed when nobody reads. */
import { EventQueue } from "../event-queue.ts";
import type { ChannelEvent, ClosedReason, SessionEvent } from "./events.ts";

/** When so many events wait, and none is taken for so many milliseconds, nobody reads them. */
const MANY = 1000;
const UNREAD = 5000;
/** Events that may wait for a reader that does read. */
const MOST = 20_000;

export class Outbox {
  readonly #queue = new EventQueue<SessionEvent>();
  readonly #unread: () => void;
  #sequence = 0;
  #doubt: ReturnType<typeof setTimeout> | undefined;

  /** Calls `unread` when nobody reads. */
  constructor(unread: () => void) {
    this.#unread = unread;
  }

  /** To be read by one reader. */
  get events(): AsyncIterable<SessionEvent> {
    return this.#queue;
  }

  /** Tells an event of a channel of which so many seconds had been heard. */
  tell(event: ChannelEvent, channel: number, at: number): void {
    // A partial that nobody has read is worth nothing beside a newer one.
    if (event.type === "partial" || event.type === "heard")
      this.#queue.drop((old) => old.type === event.type && old.channel === channel);
    this.#queue.push({ ...event, channel, sequence: this.#sequence++, at });
    if (this.#queue.waiting >= MOST) this.#unread();
    else if (this.#queue.waiting >= MANY) this.#doubtReader();
  }

  /** Tells the last event. */
  close(reason: ClosedReason, at: number): void {
    clearTimeout(this.#doubt);
    this.#queue.push({ type: "closed", reason, channel: 0, sequence: this.#sequence++, at });
    this.#queue.end();
  }

  /** Much can come at one moment, when whoever reads has had no chance to: it is given one. */
  #doubtReader(): void {
    if (this.#doubt !== undefined) return;
    const { taken } = this.#queue;
    this.#doubt = setTimeout(() => {
      this.#doubt = undefined;
      if (this.#queue.taken === taken && this.#queue.waiting >= MANY) this.#unread();
    }, UNREAD);
  }
}
