/** The live door: audio is pushed in as it is heard, events come out. */
import { RawStream } from "../../audio/raw.ts";
import type { Claim } from "../../engine/admission.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { toVerbatimError, VerbatimError } from "../../error.ts";
import { EventQueue } from "../event-queue.ts";
import { checkLanguage } from "../language.ts";
import type { RecognizerParts } from "../recognizer.ts";
import { LiveChannel } from "./channel.ts";
import {
  type ChannelEvent,
  type ClosedReason,
  type LiveOptions,
  LONGEST_UTTERANCE,
  type SessionEvent,
  type SessionOptions,
  type SessionPatch,
  sessionDefaults,
} from "./events.ts";

/** Audio after a call of `close` is ignored: it was on its way. */
export interface Session {
  /** In order; the last one is `closed`. To be read by one reader. */
  readonly events: AsyncIterable<SessionEvent>;
  /** 16 kHz samples, one plane per channel, all of one length. */
  push(planes: readonly Float32Array[]): void;
  /** Bytes in the encoding that `raw` declares, cut anywhere. */
  pushRaw(bytes: Uint8Array): void;
  /** Resolves when there is little to decode: who waits for it before each push can push a file. */
  ready(): Promise<void>;
  /** Makes final what was said up to here, on one channel or all. */
  finalize(channel?: number): void;
  /** Forgets what was said and is not final. */
  discard(): void;
  configure(patch: SessionPatch): void;
  /** Finals first, as many as the seconds of the deadline allow; resolves when the session is closed. */
  close(deadline?: number): Promise<void>;
  /** Stops at once: the client has gone. */
  abort(): void;
}

/** An utterance of the longest kind and the audio of a file's pieces beside it: with more than this, `ready` waits. */
const READY_SECONDS = 40;
/** Events that may wait for a reader. */
const MOST_EVENTS = 1000;
/** Seconds. */
const SHORTEST_UTTERANCE = 2;

/** Opens a session; throws `bad-parameter` for what cannot be, `busy` when too much audio waits already. */
export function openSession(parts: RecognizerParts, options: SessionOptions): Session {
  return new LiveSession(parts, { ...sessionDefaults, ...options });
}

class LiveSession implements Session {
  readonly #parts: RecognizerParts;
  readonly #queue = new EventQueue<SessionEvent>();
  readonly #stop = new AbortController();
  #raw: RawStream | undefined;
  readonly #claim: Claim;
  readonly #channels: LiveChannel[];
  #options: LiveOptions;
  #sequence = 0;
  /** Seconds that the claim stands for. */
  #claimed = 0;
  #ready: PromiseWithResolvers<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: RecognizerParts, options: LiveOptions) {
    check(options);
    this.#parts = parts;
    this.#options = options;
    const { channels } = options;
    this.#raw = openRaw(options);
    this.#claim = parts.engines.admit(options.client, 0);
    this.#channels = Array.from({ length: channels }, (_, i) => this.#open(i));
  }

  get events(): AsyncIterable<SessionEvent> {
    return this.#queue;
  }

  push(planes: readonly Float32Array[]): void {
    if (this.#isOver) return;
    if (planes.length !== this.#channels.length || planes.some(({ length }) => length !== planes[0]?.length))
      throw new VerbatimError("bad-audio", `Audio of ${this.#channels.length} channels of one length was announced.`);
    const most = Math.max(...this.#channels.map(({ held }) => held)) + (planes[0]?.length ?? 0);
    const { mostBuffered } = this.#options;
    if (most > mostBuffered * SAMPLE_RATE) {
      const message = `More than ${mostBuffered} s of audio wait for being decoded.`;
      this.#emit(0, { type: "error", code: "too-large", message });
      this.#end("overflow");
      return;
    }
    for (const [i, channel] of this.#channels.entries()) channel.push(planes[i] ?? new Float32Array());
  }

  pushRaw(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#raw === undefined) throw new VerbatimError("bad-audio", "No raw encoding was declared.");
    this.push(this.#raw.push(bytes));
  }

  ready(): Promise<void> {
    if (this.#isOver || this.#isReady) return Promise.resolve();
    this.#ready ??= Promise.withResolvers();
    return this.#ready.promise;
  }

  finalize(channel?: number): void {
    if (this.#isOver) return;
    for (const [i, one] of this.#channels.entries())
      if (channel === undefined || channel === i) one.finalize("finalize");
  }

  discard(): void {
    if (this.#isOver) return;
    for (const channel of this.#channels) channel.discard();
  }

  configure(patch: SessionPatch): void {
    if (this.#isOver) return;
    const before = this.#options;
    const options = changed(before, patch);
    check(options);
    if (options.raw !== before.raw) this.#changeRaw(options);
    this.#options = options;
    const model = options.model !== before.model;
    const language = options.language !== before.language || options.languages !== before.languages;
    for (const channel of this.#channels) channel.configured({ language, model });
  }

  close(deadline?: number): Promise<void> {
    this.#closing ??= this.#finish();
    if (deadline !== undefined && !this.#stop.signal.aborted) {
      const timer = setTimeout(() => this.#end("deadline"), deadline * 1000);
      void this.#closing.finally(() => clearTimeout(timer));
    }
    return this.#closing;
  }

  abort(): void {
    this.#end("aborted");
  }

  get #isOver(): boolean {
    return this.#closing !== undefined || this.#stop.signal.aborted;
  }

  get #isReady(): boolean {
    return this.#channels.every(({ held }) => held <= READY_SECONDS * SAMPLE_RATE);
  }

  #open(index: number): LiveChannel {
    const session = this;
    return new LiveChannel({
      parts: this.#parts,
      signal: this.#stop.signal,
      get options() {
        return session.#options;
      },
      emit: (event) => this.#emit(index, event),
      heldChanged: () => this.#heldChanged(),
      failed: (thrown) => this.#fail(index, thrown),
    });
  }

  #emit(channel: number, event: ChannelEvent): void {
    if (this.#stop.signal.aborted) return;
    const at = this.#channels?.[channel]?.now ?? 0;
    // A partial that nobody has read is worth nothing beside a newer one.
    if (event.type === "partial" || event.type === "heard")
      this.#queue.drop((old) => old.type === event.type && old.channel === channel);
    this.#queue.push({ ...event, channel, sequence: this.#sequence++, at });
    if (this.#queue.waiting >= MOST_EVENTS) this.#end("unread");
  }

  /** Tells the scheduler how much audio waits here, and whoever waits for room that there is some. */
  #heldChanged(): void {
    if (this.#channels === undefined || this.#stop.signal.aborted) return;
    const held = this.#channels.reduce((sum, channel) => sum + channel.held, 0) / SAMPLE_RATE;
    this.#claim.grow(held - this.#claimed);
    this.#claimed = held;
    if (this.#ready === undefined || !this.#isReady) return;
    this.#ready.resolve();
    this.#ready = undefined;
  }

  async #finish(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#pushRest();
    await Promise.all(this.#channels.map((channel) => channel.finish()));
    this.#end("closed");
  }

  /** What the resampler has held back. */
  #pushRest(): void {
    const rest = this.#raw?.flush();
    if (rest !== undefined)
      for (const [i, channel] of this.#channels.entries()) channel.push(rest[i] ?? new Float32Array());
  }

  #changeRaw(options: LiveOptions): void {
    const next = openRaw(options);
    this.#pushRest();
    this.#raw?.close();
    this.#raw = next;
  }

  #fail(channel: number, thrown: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { code, message } = toVerbatimError(thrown);
    this.#emit(channel, { type: "error", code, message });
    this.#end("failed");
  }

  #end(reason: ClosedReason): void {
    if (this.#stop.signal.aborted) return;
    const at = Math.max(...this.#channels.map(({ now }) => now));
    this.#queue.push({ type: "closed", reason, channel: 0, sequence: this.#sequence++, at });
    this.#queue.end();
    this.#stop.abort();
    for (const channel of this.#channels) channel.abort();
    this.#raw?.close();
    this.#claim.release();
    this.#ready?.resolve();
  }
}

function openRaw({ raw, channels }: LiveOptions): RawStream | undefined {
  return raw && new RawStream(raw, channels === 1 ? "mono" : "separate");
}

/** The options after a change; what has become undefined is what it is by default. */
function changed(options: LiveOptions, patch: SessionPatch): LiveOptions {
  const said = Object.entries({ ...options, ...patch }).filter(([, value]) => value !== undefined);
  return { ...sessionDefaults, ...Object.fromEntries(said) } as LiveOptions;
}

function check(options: LiveOptions): void {
  checkLanguage(options);
  const limits = {
    endpointing: [0, 60_000],
    likelyAfter: [0, 60_000],
    heardEvery: [20, 60_000],
    utteranceEnd: [0, 60_000],
    maxUtterance: [SHORTEST_UTTERANCE, LONGEST_UTTERANCE],
    interim: [0, 60_000],
    preRoll: [0, 5_000],
    channels: [1, 64],
    mostBuffered: [60, 3_600],
  } as const;
  for (const [name, [least, most]] of Object.entries(limits)) {
    const value = options[name as keyof typeof limits];
    if (typeof value === "number" && !(value >= least && value <= most))
      throw new VerbatimError("bad-parameter", `${name} must lie between ${least} and ${most}.`, { parameter: name });
  }
}
