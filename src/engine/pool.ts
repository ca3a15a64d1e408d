/** The decoding threads of an engine process: they share the weights, and are made when there is work for them. */
import { VerbatimError } from "../error.ts";
import type { ModelHandle, ModelInfo } from "../native/model.ts";
import { DecodingThread } from "./thread.ts";

export class ThreadPool {
  readonly #limit: number;
  #model: ModelHandle | undefined;
  /** The one that has just worked is last, and taken first: its caches are warm. */
  readonly #idle: DecodingThread[] = [];
  readonly #waiting: ((thread: DecodingThread | VerbatimError) => void)[] = [];
  #size = 0;
  /** Threads are made one after another: the first dlopen of several fresh Workers at once has crashed Bun. */
  #growing: Promise<void> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** Loads the model in the first thread, so that the main thread stays free to answer. */
  async open(path: string, gpu: boolean): Promise<ModelInfo> {
    const thread = new DecodingThread();
    const { model, info } = await thread.open(path, gpu);
    await thread.makeState(model);
    this.#model = model;
    this.#size = 1;
    this.release(thread);
    return info;
  }

  /** A thread with nothing to do. Makes one more if all are busy and there may be more; otherwise waits in turn. */
  take(): Promise<DecodingThread> {
    const thread = this.#idle.pop();
    if (thread) return Promise.resolve(thread);
    return new Promise((resolve, reject) => {
      this.#waiting.push((taken) => (taken instanceof VerbatimError ? reject(taken) : resolve(taken)));
      this.#grow();
    });
  }

  release(thread: DecodingThread): void {
    const next = this.#waiting.shift();
    if (next) next(thread);
    else this.#idle.push(thread);
  }

  #grow(): void {
    if (this.#growing || this.#waiting.length === 0 || this.#size >= this.#limit) return;
    this.#growing = this.#add().finally(() => {
      this.#growing = undefined;
      this.#grow();
    });
  }

  async #add(): Promise<void> {
    if (this.#model === undefined) return;
    this.#size++;
    try {
      const thread = new DecodingThread();
      await thread.makeState(this.#model);
      this.release(thread);
    } catch (thrown) {
      // No memory for one more state: those that are there go on, and the job that wanted it must not wait for nothing.
      this.#size--;
      const { message } = thrown as Error;
      this.#waiting.shift()?.(new VerbatimError("engine-failed", `No further decoding thread: ${message}`));
    }
  }
}
