/**
 * The server's side of the wake-word thread. It cuts what comes into whole frames, keeps every push until it is answered, and starts the
 * thread again when it dies: unanswered pushes are then sent once more. What a stream had just heard dies with the thread.
 */
import { assetFolder } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import { LedThread, type ThreadLeader } from "../ipc/led-thread.ts";
import { FRAME_SAMPLES } from "./features.ts";
import { type HearingOptions, thresholdOf } from "./hearing.ts";
import type { Answer, ToThread, Wanted } from "./messages.ts";
import { readModel } from "./models.ts";
import type { Heard, WakeWordDetector, WakeWordOptions, WakeWordStream } from "./wakeword.ts";
import { classifierOf, EMBEDDING, MEL, wakeWordNamed } from "./words.ts";

export interface DetectorOptions {
  /** The folder of openWakeWord's models, in place of the one that comes with the program. */
  modelsFolder?: string | undefined;
}

const defaults = { sensitivity: 0.5, debounce: 2 };

/** Starts the thread; fails with the reason when that cannot be done here, such as models that are not there. */
export async function startWakeWords({ modelsFolder }: DetectorOptions = {}): Promise<WakeWordDetector> {
  const [mel, embedding] = await Promise.all([readModel(MEL, modelsFolder), readModel(EMBEDDING, modelsFolder)]);
  const detector = new Detector(
    { type: "start", runtimeFolder: assetFolder("onnxruntime"), mel, embedding },
    modelsFolder,
  );
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
  answer: PromiseWithResolvers<Heard[]>;
}

/** A push that two threads died of is not given to a third. */
const MOST_SENDS = 2;

class Detector implements WakeWordDetector, ThreadLeader<Answer> {
  readonly name = "wake-word detector";
  readonly #start: ToThread;
  readonly #modelsFolder: string | undefined;
  readonly #thread: LedThread<ToThread, Answer>;
  /** The classifiers that the thread has, in the messages that brought them. */
  readonly #words = new Map<string, ToThread>();
  readonly #streams = new Set<Stream>();
  /** By ticket, in the order in which they came. */
  readonly #pending = new Map<number, Pending>();
  #numbers = 0;

  constructor(start: ToThread, modelsFolder: string | undefined) {
    this.#start = start;
    this.#modelsFolder = modelsFolder;
    this.#thread = new LedThread("wakeword/worker.ts", this);
    this.#thread.start();
  }

  get ready(): Promise<void> {
    return this.#thread.ready;
  }

  async open(options: WakeWordOptions): Promise<WakeWordStream> {
    const { words, sensitivity, debounce } = { ...defaults, ...options };
    const wanted = words.map((name): Wanted => ({ name, word: wakeWordNamed(name) }));
    if (wanted.length === 0) throw new VerbatimError("bad-parameter", "No wake word is named.", { parameter: "words" });
    for (const { word } of wanted) {
      if (this.#words.has(word)) continue;
      const { input, output, ...file } = classifierOf(word);
      const model = await readModel(file, this.#modelsFolder);
      const message: ToThread = { type: "word", word, names: { input, output }, model };
      this.#words.set(word, message);
      this.#thread.tell(message);
    }
    if (this.#thread.isClosed) throw closed();
    const stream = new Stream(this, wanted, { threshold: thresholdOf(sensitivity), debounce });
    this.#streams.add(stream);
    return stream;
  }

  async close(): Promise<void> {
    const ended = this.#thread.close({ type: "close" });
    for (const { answer } of this.#pending.values()) answer.reject(closed());
    this.#pending.clear();
    await ended;
  }

  /** A number never given before: it tells streams, their generations and pushes apart, so that no answer finds the wrong one. */
  number(): number {
    return this.#numbers++;
  }

  tell(message: ToThread): void {
    this.#thread.tell(message);
  }

  /** Sends whole frames and promises what is heard in them. */
  send(stream: Stream, pcm: Float32Array): Promise<Heard[]> {
    if (this.#thread.isClosed) return Promise.reject(closed());
    const pending: Pending = { stream, id: stream.id, pcm, sent: 0, answer: Promise.withResolvers() };
    const ticket = this.number();
    this.#pending.set(ticket, pending);
    if (this.#thread.isRunning) this.#post(ticket, pending);
    else this.#thread.start();
    // Whoever closes a stream need not wait for what it has not answered.
    pending.answer.promise.catch(() => {});
    return pending.answer.promise;
  }

  /** Forgets a stream and rejects what it still waits for. */
  abandon(stream: Stream): void {
    this.#streams.delete(stream);
    this.tell({ type: "end", id: stream.id, when: "now" });
    for (const [ticket, pending] of this.#pending) {
      if (pending.stream !== stream) continue;
      this.#pending.delete(ticket);
      pending.answer.reject(closedStream());
    }
  }

  /** Tells the thread all that the last one knew, and sends what is pending, in order. */
  begun(): void {
    for (const message of [this.#start, ...this.#words.values()]) this.tell(message);
    for (const stream of this.#streams) stream.introduce();
    // What was pushed before a reset belongs to a stream of its own, which ends with it.
    const before = new Map(
      [...this.#pending.values()].filter(({ id, stream }) => id !== stream.id).map(({ id, stream }) => [id, stream]),
    );
    for (const [id, stream] of before) stream.introduce(id);
    for (const [ticket, pending] of this.#pending) this.#post(ticket, pending);
    for (const id of before.keys()) this.tell({ type: "end", id, when: "afterwards" });
  }

  #post(ticket: number, pending: Pending): void {
    pending.sent++;
    const { id, pcm } = pending;
    // Copied, not transferred: it may have to be sent again.
    this.tell({ type: "push", id, ticket, pcm });
  }

  take({ ticket, heard }: Answer): void {
    const pending = this.#pending.get(ticket);
    if (!pending) return;
    this.#pending.delete(ticket);
    pending.stream.answered(pending.id, pending.pcm.length / FRAME_SAMPLES);
    pending.answer.resolve(heard);
  }

  /** What killed two threads is refused, the rest goes to a new one. */
  died(error: VerbatimError): void {
    for (const [ticket, { sent, answer }] of this.#pending) {
      if (sent < MOST_SENDS) continue;
      this.#pending.delete(ticket);
      answer.reject(error);
    }
    if (this.#pending.size > 0) this.#thread.start();
  }
}

class Stream implements WakeWordStream {
  readonly #detector: Detector;
  readonly #wanted: Wanted[];
  readonly #options: HearingOptions;
  /** Samples of a frame that is not whole yet. */
  readonly #rest = new Float32Array(FRAME_SAMPLES);
  #held = 0;
  #closed = false;
  /** Frames of this generation that are answered. */
  #frames = 0;
  id: number;

  constructor(detector: Detector, wanted: Wanted[], options: HearingOptions) {
    this.#detector = detector;
    this.#wanted = wanted;
    this.#options = options;
    this.id = detector.number();
    this.introduce();
  }

  /** Tells the thread of this stream, or of what it was before a reset. */
  introduce(id = this.id): void {
    const frames = id === this.id ? this.#frames : 0;
    this.#detector.tell({ type: "open", id, wanted: this.#wanted, options: this.#options, frames });
  }

  answered(id: number, frames: number): void {
    if (id === this.id) this.#frames += frames;
  }

  push(pcm: Float32Array): Promise<Heard[]> {
    if (this.#closed) return Promise.reject(closedStream());
    const total = this.#held + pcm.length;
    const whole = total - (total % FRAME_SAMPLES);
    if (whole === 0) {
      this.#rest.set(pcm, this.#held);
      this.#held = total;
      return Promise.resolve([]);
    }
    const frames = new Float32Array(whole);
    frames.set(this.#rest.subarray(0, this.#held));
    const used = whole - this.#held;
    frames.set(pcm.subarray(0, used), this.#held);
    this.#rest.set(pcm.subarray(used));
    this.#held = total - whole;
    return this.#detector.send(this, frames);
  }

  reset(): void {
    if (this.#closed) return;
    this.#held = 0;
    this.#frames = 0;
    this.#detector.tell({ type: "end", id: this.id, when: "afterwards" });
    this.id = this.#detector.number();
    this.introduce();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#detector.abandon(this);
  }
}

const closed = () => new VerbatimError("shutting-down", "The wake-word detector is closed.");
const closedStream = () => new VerbatimError("cancelled", "The stream was closed.");
