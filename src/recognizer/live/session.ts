/** The live door: audio is pushed in as it is heard, events come out. */
import type { RawStream } from "../../audio/raw.ts";
import { type ErrorCode, toVerbatimError, VerbatimError } from "../../error.ts";
import { promptText } from "../prompt.ts";
import type { RecognizerParts } from "../recognizer.ts";
import { Backlog, type Backlogs } from "./backlog.ts";
import { LiveChannel } from "./channel.ts";
import { EncodedAudio, MOST_WAITING } from "./encoded-audio.ts";
import type { ChannelEvent, ClosedReason, LiveOptions, SessionEvent, SessionOptions, SessionPatch } from "./events.ts";
import { changedOptions, liveOptions, mixing, openRaw } from "./options.ts";
import { Outbox } from "./outbox.ts";

/** Audio after a call of `close` is ignored: it was on its way. */
export interface Session {
  /** In order; the last one is `closed`. To be read by one reader. */
  readonly events: AsyncIterable<SessionEvent>;
  /** 16 kHz samples, one plane per channel, all of one length. */
  push(planes: readonly Float32Array[]): void;
  /** Bytes in the encoding that `raw` declares, cut anywhere. */
  pushRaw(bytes: Uint8Array): void;
  /** Bytes of a container or an encoded stream, cut anywhere; resolves when there is room for more. What is wrong with them is told by an event. */
  pushEncoded(bytes: Uint8Array): Promise<void>;
  /** Resolves when there is little to decode: who waits for it before each push can push a file. */
  ready(): Promise<void>;
  /** So many bytes of its audio wait elsewhere until it is `ready`: they count as what it holds. */
  waitsOutside(bytes: number): void;
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

export class LiveSession implements Session {
  readonly #parts: RecognizerParts;
  readonly #ended: (reason: ClosedReason) => void;
  readonly #outbox = new Outbox(() => this.#end("unread"));
  readonly #stop = new AbortController();
  #raw: RawStream | undefined;
  #encoded: EncodedAudio | undefined;
  readonly #channels: LiveChannel[] = [];
  readonly #backlog: Backlog;
  #options: LiveOptions;
  /** Bytes. */
  #outside = 0;
  #closing: Promise<void> | undefined;
  /** What is still told of audio that cannot be read any further. */
  #breaking: Promise<void> | undefined;

  /** Throws `bad-parameter` for what cannot be, `busy` when too much audio waits already; calls `ended` once. */
  constructor(
    parts: RecognizerParts,
    asked: SessionOptions,
    backlogs: Backlogs,
    ended: (reason: ClosedReason) => void,
  ) {
    const options = liveOptions(asked);
    this.#ended = ended;
    this.#parts = parts;
    this.#options = options;
    this.#raw = openRaw(options);
    const session = this;
    const owner = {
      channels: this.#channels,
      get undecoded() {
        return session.#outside + (session.#encoded?.waiting ?? 0);
      },
      isFurthest: () =>
        this.#overflow("busy", "The server holds as much live audio as it may: this is furthest behind."),
    };
    this.#backlog = new Backlog(parts.engines.admit(options.client, 0), owner, backlogs);
    this.#openChannels(options.channels === "all" ? (options.raw?.channels ?? 1) : options.channels);
  }

  get events(): AsyncIterable<SessionEvent> {
    return this.#outbox.events;
  }

  push(planes: readonly Float32Array[]): void {
    if (!this.#isOver) this.#push(planes);
  }

  #push(planes: readonly Float32Array[]): void {
    if (planes.length !== this.#channels.length || planes.some(({ length }) => length !== planes[0]?.length))
      throw new VerbatimError("bad-audio", `Audio of ${this.#channels.length} channels of one length was announced.`);
    const { mostBuffered } = this.#options;
    if (this.#backlog.exceeds(mostBuffered, planes[0]?.length ?? 0))
      this.#overflow("too-large", `More than ${mostBuffered} s of audio wait for being decoded.`);
    for (const [i, channel] of this.#channels.entries()) {
      if (this.#stop.signal.aborted) return;
      channel.push(planes[i] ?? new Float32Array());
    }
  }

  pushRaw(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#raw === undefined) throw new VerbatimError("bad-audio", "No raw encoding was declared.");
    this.push(this.#raw.push(bytes));
  }

  pushEncoded(bytes: Uint8Array): Promise<void> {
    if (this.#isOver || bytes.length === 0) return Promise.resolve();
    if (this.#raw !== undefined) throw new VerbatimError("bad-audio", "A raw encoding was declared.");
    this.#encoded ??= this.#openEncoded();
    if (this.#encoded.waiting + bytes.length > MOST_WAITING) {
      this.#overflow("too-large", `More than ${MOST_WAITING >> 20} MiB wait for being decoded.`);
      return Promise.resolve();
    }
    const taken = this.#encoded.push(bytes).then(() => this.#backlog.changed());
    this.#backlog.changed();
    return taken;
  }

  ready(): Promise<void> {
    return this.#isOver ? Promise.resolve() : this.#backlog.ready();
  }

  waitsOutside(bytes: number): void {
    this.#outside = bytes;
    this.#backlog.changed();
  }

  finalize(channel?: number): void {
    this.#afterAudio(() => {
      for (const [i, one] of this.#channels.entries())
        if (channel === undefined || channel === i) one.finalize("finalize");
    });
  }

  discard(): void {
    this.#afterAudio(() => {
      for (const channel of this.#channels) channel.discard();
    });
  }

  configure(patch: SessionPatch): void {
    if (this.#isOver) return;
    const before = this.#options;
    const options = changedOptions(before, patch);
    if (options.raw !== before.raw) this.#changeRaw(options);
    this.#options = options;
    const model = options.model !== before.model;
    const language = options.language !== before.language || options.languages !== before.languages;
    const prompt = promptText({}, options) !== promptText({}, before);
    for (const channel of this.#channels) channel.configured({ language, model, prompt });
  }

  close(deadline?: number): Promise<void> {
    this.#closing ??= this.#finish().catch((thrown) => this.#fail(0, thrown));
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
    return this.#closing !== undefined || this.#breaking !== undefined || this.#stop.signal.aborted;
  }

  /** So many in all. */
  #openChannels(count: number): void {
    for (let i = this.#channels.length; i < count; i++) this.#channels.push(this.#open(i));
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
      waitingChanged: () => this.#backlog.changed(),
      failed: (thrown) => this.#fail(index, thrown),
    });
  }

  #emit(channel: number, event: ChannelEvent): void {
    if (this.#stop.signal.aborted) return;
    this.#outbox.tell(event, channel, this.#channels[channel]?.now ?? 0);
  }

  async #finish(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#pushRest();
    await this.#encoded?.end();
    if (this.#breaking !== undefined) return await this.#breaking;
    await Promise.all(this.#channels.map((channel) => channel.finish()));
    this.#end("closed");
  }

  #overflow(code: ErrorCode, message: string): void {
    this.#emit(0, { type: "error", code, message });
    this.#end("overflow");
  }

  /** Does something after the audio that was pushed before. */
  #afterAudio(action: () => void): void {
    if (this.#isOver) return;
    if (this.#encoded === undefined) action();
    else void this.#encoded.afterwards(() => void (this.#stop.signal.aborted || action()));
  }

  #openEncoded(): EncodedAudio {
    let isOpened = false;
    return new EncodedAudio({
      channels: mixing(this.#options.channels),
      signal: this.#stop.signal,
      openStream: (options) => this.#parts.openStream(options),
      ready: () => this.#backlog.ready(),
      heard: (planes, format) => {
        if (this.#stop.signal.aborted) return;
        if (!isOpened) {
          isOpened = true;
          if (this.#options.channels === "all") this.#openChannels(planes.length);
          this.#emit(0, { type: "opened", format, channels: planes.length });
        }
        this.#push(planes);
      },
      failed: (thrown) => {
        this.#breaking = this.#failAfter(thrown);
      },
    });
  }

  /** The audio cannot be read any further: what was heard before is told first. */
  async #failAfter(thrown: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    await Promise.all(this.#channels.map((channel) => channel.finish()));
    this.#fail(0, thrown);
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
    this.#outbox.close(reason, Math.max(...this.#channels.map(({ now }) => now)));
    this.#stop.abort();
    for (const channel of this.#channels) channel.abort();
    this.#raw?.close();
    this.#backlog.release();
    this.#ended(reason);
  }
}
