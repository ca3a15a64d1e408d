/** A job on its way through the scheduler, from its arrival to its answer. */
import { toVerbatimError, type VerbatimError } from "../error.ts";
import type { DecodeOptions, Job, Lane } from "./job.ts";
import { SAMPLE_RATE } from "./settings.ts";

/** What is wanted of the PCM. */
export type Request =
  | { kind: "decode"; options: DecodeOptions }
  | { kind: "detect"; among: readonly string[] | undefined };

interface Caller {
  resolve(json: Uint8Array): void;
  reject(error: VerbatimError): void;
}

let lastId = 0;

export class Task {
  /** Unique in this process, so that a late answer of a dead engine can never be taken for another job's. */
  readonly id: number;
  readonly model: string;
  readonly lane: Lane;
  readonly client: string;
  readonly key: string | undefined;
  readonly pcm: Float32Array;
  readonly request: Request;
  readonly arrived = performance.now();
  /** Rises with each engine that died under it; see blame.ts. */
  strikes = 0;
  threads = 0;
  started = 0;
  /** Milliseconds of work as the health clock counts them: a machine that slept does not age a job. */
  age = 0;
  readonly answer: Promise<Uint8Array>;
  #caller: Caller | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;

  constructor(model: string, job: Omit<Job, "options">, request: Request, onAbort: (task: Task) => void) {
    // A u32 on the wire, where 0 is the engine itself.
    lastId = (lastId % 0xffffffff) + 1;
    this.id = lastId;
    this.model = model;
    this.lane = job.lane;
    this.client = job.client;
    this.key = job.replaces;
    this.pcm = job.pcm;
    this.request = request;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.answer = promise;
    this.#caller = { resolve, reject };
    this.#signal = job.signal;
    this.#onAbort = () => {
      this.reject(toVerbatimError(this.#signal?.reason));
      onAbort(this);
    };
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get seconds(): number {
    return this.pcm.length / SAMPLE_RATE;
  }

  /** Whether the caller still waits. */
  get isOpen(): boolean {
    return this.#caller !== undefined;
  }

  resolve(json: Uint8Array): void {
    this.#close()?.resolve(json);
  }

  reject(error: VerbatimError): void {
    this.#close()?.reject(error);
  }

  #close(): Caller | undefined {
    const caller = this.#caller;
    this.#caller = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return caller;
  }
}
