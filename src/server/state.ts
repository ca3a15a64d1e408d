/** Whether the server takes work, and what it is working on. */
import { VerbatimError } from "../error.ts";

/** What work has to answer after it was aborted. */
const ANSWER_MS = 5000;

export class ServerState {
  readonly #running = new Set<Promise<void>>();
  /** Models that are not there yet, and whether their files are. */
  readonly #awaited = new Map<string, "fetched" | "loaded">();
  readonly #end = new AbortController();
  readonly #stopping = new AbortController();

  /** Aborts when no more work is taken. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborts when running work has no more time. */
  get end(): AbortSignal {
    return this.#end.signal;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Why the server is not ready, or nothing when it is. */
  get waitsFor(): string | undefined {
    if (this.stopping.aborted) return "The server is shutting down.";
    const [awaited] = this.#awaited;
    return awaited && `The model ${awaited[0]} is being ${awaited[1]}.`;
  }

  /** Gets a model's file and loads it; until both is done the server is not ready. Rejects when either fails. */
  async prepare<Model>(
    name: string,
    fetch: () => Promise<Model>,
    load: (model: Model) => Promise<unknown>,
  ): Promise<void> {
    this.#awaited.set(name, "fetched");
    const model = await fetch();
    this.#awaited.set(name, "loaded");
    await load(model);
    this.#awaited.delete(name);
  }

  /** Throws when no new work is taken: `shutting-down`, or `loading` while a file is on its way. Work may wait for a mere load. */
  admit(): void {
    if (this.stopping.aborted) throw shuttingDown();
    for (const [model, awaited] of this.#awaited)
      if (awaited === "fetched")
        throw new VerbatimError("loading", `The model ${model} is being fetched. Try again in a moment.`, {
          retryAfter: 5,
        });
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
    this.#stopping.abort(shuttingDown());
    const timer = setTimeout(() => this.#end.abort(shuttingDown()), seconds * 1000);
    await Promise.race([this.#idle(), aborted(this.end)]);
    clearTimeout(timer);
    await Promise.race([this.#idle(), Bun.sleep(ANSWER_MS)]);
  }

  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function shuttingDown(): VerbatimError {
  return new VerbatimError("shutting-down", "The server is shutting down.", { retryAfter: 5 });
}
