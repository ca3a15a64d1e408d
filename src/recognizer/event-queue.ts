/** Events that one side makes as they come and the other takes when it likes, in order. */
export class EventQueue<Event> implements AsyncIterable<Event> {
  #events: Event[] = [];
  #end: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;
  #taken = 0;

  push(event: Event): void {
    if (this.#end !== undefined) return;
    this.#events.push(event);
    this.#wake?.();
  }

  /** Events that nobody has taken. */
  get waiting(): number {
    return this.#events.length;
  }

  /** Events that somebody has taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes such events back that nobody has taken. */
  drop(which: (event: Event) => boolean): void {
    this.#events = this.#events.filter((event) => !which(event));
  }

  /** No more events come; the reader gets those that are left first. */
  end(): void {
    this.#end ??= {};
    this.#wake?.();
  }

  /** Likewise, and then the reader fails with `error`. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      for (const event of events) {
        this.#taken++;
        yield event;
      }
      if (this.#events.length > 0) continue;
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
