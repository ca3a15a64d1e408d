/** The engine's side of the wire: what is asked, which thread does it, and what goes back. */
import { toVerbatimError, VerbatimError } from "../error.ts";
import { type Frame, jsonOf, pcmOf } from "../ipc/frames.ts";
import type { Outbox } from "./outbox.ts";
import type { ThreadPool } from "./pool.ts";
import type { DecodingThread } from "./thread.ts";
import { answer, ask, type DecodeRequest, type DetectRequest, type Failed, type Pong } from "./wire.ts";

interface Running {
  thread?: DecodingThread;
  cancelled: boolean;
  done: Promise<void>;
}

type Work = (thread: DecodingThread, pcm: Float32Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;

export class Requests {
  readonly #pool: ThreadPool;
  readonly #outbox: Outbox;
  /** PCM whose request has not come yet. */
  readonly #pcm = new Map<number, Float32Array<ArrayBuffer>>();
  readonly #running = new Map<number, Running>();

  constructor(pool: ThreadPool, outbox: Outbox) {
    this.#pool = pool;
    this.#outbox = outbox;
  }

  /** Does what one frame asks for. Throws only when the two ends have lost step. */
  take(frame: Frame): void {
    switch (frame.type) {
      case ask.pcm:
        this.#pcm.set(frame.job, pcmOf(frame));
        break;
      case ask.decode: {
        const { threads, options } = jsonOf(frame) as DecodeRequest;
        this.#begin(frame.job, (thread, pcm) => thread.decode(pcm, threads, options));
        break;
      }
      case ask.detect: {
        const { threads, among } = jsonOf(frame) as DetectRequest;
        this.#begin(frame.job, (thread, pcm) => thread.detect(pcm, threads, among));
        break;
      }
      case ask.cancel:
        this.#cancel(frame.job);
        break;
      case ask.ping: {
        const pong: Pong = { memory: process.memoryUsage.rss() };
        this.#outbox.json(answer.pong, 0, pong);
        break;
      }
    }
  }

  /** Makes everything in progress return; resolves when it has. */
  async cancelAll(): Promise<void> {
    const running = [...this.#running];
    for (const [job] of running) this.#cancel(job);
    await Promise.all(running.map(([, { done }]) => done));
  }

  #begin(job: number, work: Work): void {
    const pcm = this.#pcm.get(job);
    if (!pcm) throw new VerbatimError("internal", `Job ${job} was asked for without its PCM.`);
    this.#pcm.delete(job);
    const running: Running = { cancelled: false, done: Promise.resolve() };
    this.#running.set(job, running);
    running.done = this.#run(job, running, pcm, work);
  }

  async #run(job: number, running: Running, pcm: Float32Array<ArrayBuffer>, work: Work): Promise<void> {
    let thread: DecodingThread | undefined;
    try {
      thread = await this.#pool.take();
      if (running.cancelled) throw new VerbatimError("cancelled", "Cancelled before it began.");
      running.thread = thread;
      this.#outbox.send(answer.result, job, await work(thread, pcm));
    } catch (thrown) {
      const { code, message } = toVerbatimError(thrown);
      const failed: Failed = { code, message };
      this.#outbox.json(answer.failed, job, failed);
    } finally {
      this.#running.delete(job);
      if (thread) this.#pool.release(thread);
    }
  }

  #cancel(job: number): void {
    this.#pcm.delete(job);
    const running = this.#running.get(job);
    if (!running) return;
    running.cancelled = true;
    running.thread?.cancel();
  }
}
