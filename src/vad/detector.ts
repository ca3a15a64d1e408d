/**
 * The server's side of the VAD thread. It cuts what comes into whole frames, keeps every push until it is answered, and starts the thread
 * again when it dies: unanswered pushes are then sent once more. A stream's memory dies with the thread; it is warm again after some frames.
 */
import { assetFile, assetFolder } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import { selfWorker } from "../ipc/self.ts";
import type { FromThread, ToThread } from "./messages.ts";
import { FRAME_SAMPLES, type SpeechDetector, type SpeechStream } from "./speech.ts";
import type { Answer } from "./streams.ts";

/** Version 6 hears quiet speech better than 5 and noise less often: bench/VAD.md. */
const MODEL = "silero_vad_v6.onnx";

export interface DetectorOptions {
  /** A Silero model, version 5 or 6, in place of the one that comes with the program. */
  model?: Uint8Array;
  /** The folder of ONNX Runtime's library and addon, likewise. */
  runtimeFolder?: string;
}

/** Starts the thread and loads the model; fails with the reason when that cannot be done here. */
export async function startDetector(options: DetectorOptions = {}): Promise<SpeechDetector> {
  const model = options.model ?? (await assetFile("vad", MODEL).bytes());
  const detector = new Detector(options.runtimeFolder ?? assetFolder("onnxruntime"), model);
  await detector.ready;
  return detector;
}

interface Pending {
  stream: Stream;
  /** The stream's id when the push was made: a reset gives it a new one. */
  id: number;
  pcm: Float32Array;
  /** How many threads have had it. */
  sent: number;
  answer: PromiseWithResolvers<Float32Array>;
}

/** A push that two threads died of is not given to a third. */
const MOST_SENDS = 2;

class Detector implements SpeechDetector {
  readonly #start: ToThread;
  readonly #loaded = Promise.withResolvers<void>();
  /** By ticket, in the order in which they came. */
  readonly #pending = new Map<number, Pending>();
  #thread: Worker | undefined;
  #ended = Promise.resolve();
  #closed = false;
  #numbers = 0;

  constructor(runtimeFolder: string, model: Uint8Array) {
    this.#start = { type: "start", runtimeFolder, model };
    this.#startThread();
  }

  get ready(): Promise<void> {
    return this.#loaded.promise;
  }

  open(): SpeechStream {
    if (this.#closed) throw closed();
    return new Stream(this);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#thread?.postMessage({ type: "close" } satisfies ToThread);
    this.#rejectAll(closed);
    await this.#ended;
  }

  /** A number never given before: it tells streams, their generations and pushes apart, so that no answer finds the wrong one. */
  number(): number {
    return this.#numbers++;
  }

  /** Sends whole frames and promises their probabilities. */
  send(stream: Stream, id: number, pcm: Float32Array): Promise<Float32Array> {
    if (this.#closed) return Promise.reject(closed());
    const pending: Pending = { stream, id, pcm, sent: 0, answer: Promise.withResolvers() };
    const ticket = this.number();
    this.#pending.set(ticket, pending);
    if (this.#thread) this.#post(ticket, pending);
    else this.#startThread();
    // Whoever closes a stream need not wait for what it has not answered.
    pending.answer.promise.catch(() => {});
    return pending.answer.promise;
  }

  /** Forgets a stream's memory in the thread. */
  end(id: number, when: "afterwards" | "now"): void {
    this.#thread?.postMessage({ type: "end", id, when } satisfies ToThread);
  }

  /** Rejects what a stream still waits for. */
  abandon(stream: Stream): void {
    for (const [ticket, pending] of this.#pending) {
      if (pending.stream !== stream) continue;
      this.#pending.delete(ticket);
      pending.answer.reject(new VerbatimError("cancelled", "The stream was closed."));
    }
  }

  /** Starts a thread and sends what is pending, in order. */
  #startThread(): void {
    const thread = new Worker(selfWorker("vad/worker.ts"));
    this.#thread = thread;
    let reason = "its thread ended";
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    thread.addEventListener("message", ({ data }: MessageEvent<FromThread>) => {
      if (data.type === "ready") this.#loaded.resolve();
      else if (data.type === "answers") this.#settle(data.answers);
      else reason = data.reason;
    });
    thread.addEventListener("error", (event) => {
      event.preventDefault();
      reason = event.message;
    });
    thread.addEventListener("close", () => {
      resolve();
      this.#thread = undefined;
      if (!this.#closed) this.#recover(reason);
    });
    thread.postMessage(this.#start);
    for (const [ticket, pending] of this.#pending) this.#post(ticket, pending);
    const left = new Set([...this.#pending.values()].filter(({ stream, id }) => stream.id !== id).map(({ id }) => id));
    for (const id of left) this.end(id, "afterwards");
  }

  #post(ticket: number, pending: Pending): void {
    pending.sent++;
    const { id, pcm } = pending;
    // Copied, not transferred: it may have to be sent again.
    this.#thread?.postMessage({ type: "push", id, ticket, pcm } satisfies ToThread);
  }

  #settle(answers: Answer[]): void {
    for (const { ticket, probabilities } of answers) {
      this.#pending.get(ticket)?.answer.resolve(probabilities);
      this.#pending.delete(ticket);
    }
  }

  /** After a thread's death: what killed two is refused, the rest goes to a new one. */
  #recover(reason: string): void {
    const failed = () => new VerbatimError("internal", `The voice-activity detector failed: ${reason}`);
    this.#loaded.reject(failed());
    for (const [ticket, { sent, answer }] of this.#pending) {
      if (sent < MOST_SENDS) continue;
      this.#pending.delete(ticket);
      answer.reject(failed());
    }
    if (this.#pending.size > 0) this.#startThread();
  }

  #rejectAll(reason: () => VerbatimError): void {
    for (const { answer } of this.#pending.values()) answer.reject(reason());
    this.#pending.clear();
  }
}

class Stream implements SpeechStream {
  readonly #detector: Detector;
  /** Samples of a frame that is not whole yet. */
  readonly #rest = new Float32Array(FRAME_SAMPLES);
  #held = 0;
  #closed = false;
  id: number;

  constructor(detector: Detector) {
    this.#detector = detector;
    this.id = detector.number();
  }

  async push(pcm: Float32Array): Promise<Float32Array> {
    if (this.#closed) throw new VerbatimError("cancelled", "The stream was closed.");
    const total = this.#held + pcm.length;
    const whole = total - (total % FRAME_SAMPLES);
    if (whole === 0) {
      this.#rest.set(pcm, this.#held);
      this.#held = total;
      return new Float32Array();
    }
    const frames = new Float32Array(whole);
    frames.set(this.#rest.subarray(0, this.#held));
    const used = whole - this.#held;
    frames.set(pcm.subarray(0, used), this.#held);
    this.#rest.set(pcm.subarray(used));
    this.#held = total - whole;
    return this.#detector.send(this, this.id, frames);
  }

  reset(): void {
    this.#held = 0;
    this.#detector.end(this.id, "afterwards");
    this.id = this.#detector.number();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#detector.abandon(this);
    this.#detector.end(this.id, "now");
  }
}

const closed = () => new VerbatimError("shutting-down", "The voice-activity detector is closed.");
