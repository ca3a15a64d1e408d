/**
 * The server's side of the VAD thread. It cuts what comes into whole frames, keeps every push until it is answered, and starts the thread
 * again when it dies: unanswered pushes are then sent once more. A stream's memory dies with the thread; it is warm again after some frames.
 */
import { assetFile, assetFolder } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import { LedThread, type ThreadLeader } from "../ipc/led-thread.ts";
import { Bundle } from "./bundle.ts";
import type { Answers, ToThread } from "./messages.ts";
import { FRAME_SAMPLES, type SpeechDetector, type SpeechStream } from "./speech.ts";

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
  /** Where its samples are, and how many they are. */
  bundle: Bundle;
  at: number;
  samples: number;
  /** How many threads have had it. */
  sent: number;
  answer: PromiseWithResolvers<Float32Array>;
}

/** A push that two threads died of is not given to a third. */
const MOST_SENDS = 2;

/**
 * Milliseconds between two bundles. A frame of 32 ms costs the network a fifth in a batch of thirty of what it costs alone (bench/LIVE.md),
 * and a message costs more than a frame.
 */
const GATHERING = 5;

/** Samples (4 MB) of answered bundles that are kept for the next pushes: some wait for the thread at one time. */
const MOST_SPARE = 1_048_576;

const NOTHING = Promise.resolve(new Float32Array());

class Detector implements SpeechDetector, ThreadLeader<Answers> {
  readonly name = "voice-activity detector";
  readonly #start: ToThread;
  readonly #thread: LedThread<ToThread, Answers>;
  /** By ticket, in the order in which they came. */
  readonly #pending = new Map<number, Pending>();
  /** What this turn of the event loop has pushed. */
  #bundle = new Bundle();
  readonly #spare: Bundle[] = [];
  /** Samples that there is room for in them. */
  #spared = 0;
  #isFlushing = false;
  #flushed = 0;
  #numbers = 0;

  constructor(runtimeFolder: string, model: Uint8Array) {
    this.#start = { type: "start", runtimeFolder, model };
    this.#thread = new LedThread("vad/worker.ts", this);
    this.#thread.start();
  }

  get ready(): Promise<void> {
    return this.#thread.ready;
  }

  open(): SpeechStream {
    if (this.#thread.isClosed) throw closed();
    return new Stream(this);
  }

  async close(): Promise<void> {
    const ended = this.#thread.close({ type: "close" });
    this.#rejectAll(closed);
    await ended;
  }

  /** A number never given before: it tells streams, their generations and pushes apart, so that no answer finds the wrong one. */
  number(): number {
    return this.#numbers++;
  }

  /** Promises the probabilities of whole frames, which the caller writes at once to the place that `pushed` gives. */
  send(
    stream: Stream,
    id: number,
    samples: number,
    pushed: (pcm: Float32Array, at: number) => void,
  ): Promise<Float32Array> {
    if (this.#thread.isClosed) return Promise.reject(closed());
    const ticket = this.number();
    const answer = Promise.withResolvers<Float32Array>();
    const pending: Pending = { stream, id, samples, bundle: this.#bundle, at: 0, sent: 0, answer };
    this.#pack(ticket, pending);
    pushed(pending.bundle.pcm, pending.at);
    stream.unanswered++;
    this.#pending.set(ticket, pending);
    if (this.#thread.isRunning) this.#flushSoon();
    else this.#thread.start();
    // Whoever closes a stream need not wait for what it has not answered.
    answer.promise.catch(() => {});
    return answer.promise;
  }

  /** Forgets a stream's memory in the thread. */
  end(id: number, when: "afterwards" | "now"): void {
    this.#flush();
    this.#thread.tell({ type: "end", id, when });
  }

  /** Rejects what a stream still waits for. */
  abandon(stream: Stream): void {
    if (stream.unanswered === 0) return;
    for (const [ticket, pending] of this.#pending) {
      if (pending.stream !== stream) continue;
      this.#pending.delete(ticket);
      pending.answer.reject(new VerbatimError("cancelled", "The stream was closed."));
    }
  }

  /** Sends what is pending, in order. */
  begun(): void {
    this.#thread.tell(this.#start);
    this.#bundle = new Bundle();
    for (const [ticket, pending] of this.#pending) {
      const { bundle, at, samples } = pending;
      this.#pack(ticket, pending);
      pending.bundle.pcm.set(bundle.pcm.subarray(at, at + samples), pending.at);
    }
    this.#flush();
    const left = new Set([...this.#pending.values()].filter(({ stream, id }) => stream.id !== id).map(({ id }) => id));
    for (const id of left) this.end(id, "afterwards");
  }

  /** Gives a push its place in what is sent next. */
  #pack(ticket: number, pending: Pending): void {
    pending.bundle = this.#bundle;
    pending.at = this.#bundle.add(pending.id, ticket, pending.samples);
    pending.sent++;
  }

  /** What comes in together is sent together: a lone stream's frames at once, those of many streams some milliseconds later. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const flush = () => {
      this.#isFlushing = false;
      this.#flush();
    };
    const wait = this.#flushed + GATHERING - performance.now();
    if (wait > 0) setTimeout(flush, wait);
    else setImmediate(flush);
  }

  #flush(): void {
    const { heads, pcm, isEmpty } = this.#bundle;
    if (isEmpty || !this.#thread.isRunning) return;
    this.#thread.tell({ type: "push", heads, pcm });
    this.#flushed = performance.now();
    const spare = this.#spare.pop();
    this.#spared -= spare?.pcm.length ?? 0;
    this.#bundle = spare ?? new Bundle();
  }

  take({ tickets, counts, probabilities }: Answers): void {
    let from = 0;
    for (const [i, ticket] of tickets.entries()) {
      const to = from + (counts[i] ?? 0);
      const pending = this.#pending.get(ticket);
      if (pending !== undefined) {
        this.#pending.delete(ticket);
        pending.stream.unanswered--;
        pending.answer.resolve(probabilities.slice(from, to));
        this.#answered(pending.bundle);
      }
      from = to;
    }
  }

  /** A bundle of which a push was abandoned is never used again: the thread may be reading it. */
  #answered(bundle: Bundle): void {
    bundle.waiting--;
    if (bundle === this.#bundle || !bundle.isReusable || this.#spared + bundle.pcm.length > MOST_SPARE) return;
    bundle.empty();
    this.#spared += bundle.pcm.length;
    this.#spare.push(bundle);
  }

  /** What killed two threads is refused, the rest goes to a new one. */
  died(error: VerbatimError): void {
    for (const [ticket, { stream, sent, answer }] of this.#pending) {
      if (sent < MOST_SENDS) continue;
      this.#pending.delete(ticket);
      stream.unanswered--;
      answer.reject(error);
    }
    if (this.#pending.size > 0) this.#thread.start();
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
  /** Pushes that the thread has not answered. */
  unanswered = 0;

  constructor(detector: Detector) {
    this.#detector = detector;
    this.id = detector.number();
  }

  push(pcm: Float32Array): Promise<Float32Array> {
    if (this.#closed) return Promise.reject(new VerbatimError("cancelled", "The stream was closed."));
    const held = this.#held;
    const total = held + pcm.length;
    const whole = total - (total % FRAME_SAMPLES);
    this.#held = total - whole;
    if (whole === 0) {
      this.#rest.set(pcm, held);
      return NOTHING;
    }
    const used = whole - held;
    return this.#detector.send(this, this.id, whole, (frames, at) => {
      if (held > 0) frames.set(this.#rest.subarray(0, held), at);
      if (used === pcm.length) frames.set(pcm, at + held);
      else {
        frames.set(pcm.subarray(0, used), at + held);
        this.#rest.set(pcm.subarray(used));
      }
    });
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
