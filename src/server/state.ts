/** Whether the server takes work, and what it is working on. */
import { VerbatimError } from "../error.ts";

export class ServerState {
  readonly #running = new Set<Promise<void>>();
  readonly #loading = new Set<string>();
  readonly #end = new AbortController();
  #stopping = false;

  /** Aborts when running work has no more time. */
  get end(): AbortSignal {
    return this.#end.signal;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Why the server is not ready, or nothing when it is. */
  get waitsFor(): string | undefined {
    if (this.#stopping) return "The server is shutting down.";
    const [model] = this.#loading;
    return model === undefined ? undefined : `The model ${model} is loading.`;
  }

  /** Not ready until this model is there. A model that cannot be loaded is the caller's to deal with. */
  async awaitModel(model: string, loaded: Promise<unknown>): Promise<void> {
    this.#loading.add(model);
    await loaded;
    this.#loading.delete(model);
  }

  /** Throws `shutting-down` when no new work is taken. */
  admit(): void {
    if (this.#stopping) throw shuttingDown();
  }

  track(work: Promise<void>): void {
    const tracked = work.then(
      () => {},
      () => {},
    );
    this.#running.add(tracked);
    void tracked.then(() => this.#running.delete(tracked));
  }

  /** Takes no more work, waits for what runs, and aborts it after so many seconds. */
  async stop(seconds: number): Promise<void> {
    this.#stopping = true;
    const timer = setTimeout(() => this.#end.abort(shuttingDown()), seconds * 1000);
    while (this.#running.size > 0) await Promise.all(this.#running);
    clearTimeout(timer);
  }
}

function shuttingDown(): VerbatimError {
  return new VerbatimError("shutting-down", "The server is shutting down.", { retryAfter: 5 });
}
