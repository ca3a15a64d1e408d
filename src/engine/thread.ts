/** The engine's main thread's view of one decoding thread. */
import { type ErrorCode, VerbatimError } from "../error.ts";
import { selfWorker } from "../ipc/self.ts";
import { cancelJob, type JobHandle, newJob, resetJob } from "../native/job.ts";
import type { ModelHandle, ModelInfo } from "../native/model.ts";
import type { DecodeOptions } from "./job.ts";

/** What a decoding thread can be asked. Handles are plain numbers. */
export type Asked =
  | { do: "open"; path: string; gpu: boolean }
  | { do: "state"; model: ModelHandle }
  | { do: "decode"; job: JobHandle; pcm: Float32Array<ArrayBuffer>; threads: number; options: DecodeOptions }
  | { do: "detect"; job: JobHandle; pcm: Float32Array<ArrayBuffer>; threads: number; among?: readonly string[] };

/** And what it says. */
export interface Told {
  opened?: { model: ModelHandle; info: ModelInfo };
  json?: Uint8Array<ArrayBuffer>;
  error?: { code: ErrorCode; message: string };
}

/** A Worker that does one thing at a time, and the cancel word that reaches into it. */
export class DecodingThread {
  readonly #worker = new Worker(selfWorker("engine/worker.ts"));
  readonly #job = newJob();
  #waiting: { resolve(told: Told): void; reject(error: VerbatimError): void } | undefined;

  constructor() {
    this.#worker.onmessage = (event: MessageEvent<Told>) => {
      const { error } = event.data;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (error) waiting?.reject(new VerbatimError(error.code, error.message));
      else waiting?.resolve(event.data);
    };
    // What a job throws is answered above. This is a file that cannot be loaded, or Bun itself: the server starts the process again.
    this.#worker.onerror = (event) => {
      process.stderr.write(`A decoding thread broke: ${event.message}\n`);
      process.exit(3);
    };
  }

  async open(path: string, gpu: boolean): Promise<{ model: ModelHandle; info: ModelInfo }> {
    const { opened } = await this.#ask({ do: "open", path, gpu });
    if (!opened) throw new Error("The thread opened no model.");
    return opened;
  }

  async makeState(model: ModelHandle): Promise<void> {
    await this.#ask({ do: "state", model });
  }

  decode(pcm: Float32Array<ArrayBuffer>, threads: number, options: DecodeOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#run({ do: "decode", job: this.#job, pcm, threads, options }, pcm);
  }

  detect(pcm: Float32Array<ArrayBuffer>, threads: number, among?: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
    return this.#run({ do: "detect", job: this.#job, pcm, threads, ...(among && { among }) }, pcm);
  }

  /** Makes the call in progress, if there is one, return as `cancelled`. */
  cancel(): void {
    cancelJob(this.#job);
  }

  async #run(asked: Asked, pcm: Float32Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    // Here and not in the worker: a cancel that comes before the worker has looked must stay.
    resetJob(this.#job);
    const { json } = await this.#ask(asked, [pcm.buffer]);
    if (!json) throw new Error("The thread gave no answer.");
    return json;
  }

  #ask(asked: Asked, transfer: ArrayBuffer[] = []): Promise<Told> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(asked, transfer);
    });
  }
}
