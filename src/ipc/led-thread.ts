/**
 * A thread of ours that is led from here and may die: of an error, or of what foreign code does to it. What it is asked and has not answered
 * its leader keeps, and tells the next one.
 */
import { VerbatimError } from "../error.ts";
import { selfWorker } from "./self.ts";

/** What every such thread says of itself: that it can begin, or what it is about to die of. */
export type ThreadNews = { type: "ready" } | { type: "failed"; reason: string };

export interface ThreadLeader<Said> {
  /** What people call the thread, for the sentence that says that it failed. */
  readonly name: string;
  /** There is a new thread: tells it what the last one knew, and what is still to be answered. */
  begun(): void;
  take(message: Said): void;
  /** The thread is dead, though nobody has closed it. */
  died(error: VerbatimError): void;
}

export class LedThread<Told, Said extends { type: string }> {
  readonly #file: Parameters<typeof selfWorker>[0];
  readonly #leader: ThreadLeader<Said>;
  readonly #loaded = Promise.withResolvers<void>();
  #worker: Worker | undefined;
  #ended = Promise.resolve();
  #isClosed = false;

  /** Nothing runs before `start`. */
  constructor(file: Parameters<typeof selfWorker>[0], leader: ThreadLeader<Said>) {
    this.#file = file;
    this.#leader = leader;
  }

  /** Resolves when the first thread says that it is ready; rejects with what it died of before. */
  get ready(): Promise<void> {
    return this.#loaded.promise;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  start(): void {
    const worker = new Worker(selfWorker(this.#file));
    this.#worker = worker;
    let reason = "its thread ended";
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    worker.addEventListener("message", ({ data }: MessageEvent<ThreadNews | Said>) => {
      if (!isNews(data)) this.#leader.take(data);
      else if (data.type === "ready") this.#loaded.resolve();
      else reason = data.reason;
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      reason = event.message;
    });
    worker.addEventListener("close", () => {
      resolve();
      this.#worker = undefined;
      if (this.#isClosed) return;
      const error = new VerbatimError("internal", `The ${this.#leader.name} failed: ${reason}`);
      this.#loaded.reject(error);
      this.#leader.died(error);
    });
    this.#leader.begun();
  }

  /** Without a thread nobody is told: the next one learns it from `begun`. */
  tell(message: Told): void {
    this.#worker?.postMessage(message);
  }

  /** Says a last thing, upon which the thread ends; resolves when it has. */
  async close(last: Told): Promise<void> {
    this.#isClosed = true;
    this.tell(last);
    await this.#ended;
  }
}

function isNews(message: { type: string }): message is ThreadNews {
  return message.type === "ready" || message.type === "failed";
}
