/** The decoding threads of an engine process: they share the weights, and are made when there is work for them. */
import type { Log } from "../log/log.ts";
import type { ModelHandle, ModelInfo } from "../native/model.ts";
import { DecodingThread } from "./thread.ts";

/** Encoder positions of 20 ms that a proof looks at: seconds, for which every kernel is needed as much as for a whole window. */
const PROOF_CONTEXT = 640;

export class ThreadPool {
  readonly #log: Log;
  #limit: number;
  #model: ModelHandle | undefined;
  /** The one that has just worked is last, and taken first: its caches are warm. */
  readonly #idle: DecodingThread[] = [];
  readonly #waiting: ((thread: DecodingThread) => void)[] = [];
  #size = 0;
  /** Threads are made one after another: the first dlopen of several fresh Workers at once has crashed Bun. */
  #growing: Promise<void> | undefined;

  constructor(limit: number, log: Log) {
    this.#limit = limit;
    this.#log = log;
  }

  /** Loads the model in the first thread, so that the main thread stays free to answer. */
  async open(path: string, gpu: boolean): Promise<ModelInfo> {
    const thread = new DecodingThread();
    const { model, info } = await thread.open(path, gpu);
    await thread.makeState(model);
    this.#model = model;
    this.#size = 1;
    this.release(thread);
    this.#grow();
    return info;
  }

  /** Decodes something for its own sake: what cannot run here dies of it. */
  async prove(pcm: Float32Array<ArrayBuffer>): Promise<void> {
    const thread = await this.take();
    await thread.decode(pcm, 1, { times: "none", audioContext: PROOF_CONTEXT });
    this.release(thread);
  }

  /** A thread with nothing to do. Makes one more if all are busy and there may be more; otherwise waits in turn. */
  take(): Promise<DecodingThread> {
    const thread = this.#idle.pop();
    if (thread) return Promise.resolve(thread);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#grow();
    });
  }

  release(thread: DecodingThread): void {
    const next = this.#waiting.shift();
    if (next) next(thread);
    else this.#idle.push(thread);
  }

  #grow(): void {
    const model = this.#model;
    if (model === undefined || this.#growing || this.#waiting.length === 0 || this.#size >= this.#limit) return;
    this.#growing = this.#add(model).finally(() => {
      this.#growing = undefined;
      this.#grow();
    });
  }

  async #add(model: ModelHandle): Promise<void> {
    this.#size++;
    try {
      const thread = new DecodingThread();
      await thread.makeState(model);
      this.release(thread);
    } catch (thrown) {
      // No memory for one more state, most likely. There is at least one, and it serves the jobs that wait.
      this.#limit = --this.#size;
      this.#log.warn("No further decoding thread", { threads: this.#size, error: thrown });
    }
  }
}
