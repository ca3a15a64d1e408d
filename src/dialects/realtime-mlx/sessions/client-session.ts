/** Audio that one client sends, or has this machine hear for it, and the text of it. */
import type { RawEncoding } from "../../../audio/media.ts";
import { toVerbatimError, VerbatimError } from "../../../error.ts";
import type { SessionEvent, SessionOptions } from "../../../recognizer/live/events.ts";
import type { Session } from "../../../recognizer/live/session.ts";
import type { Services } from "../../dialect.ts";
import { QuietWatch } from "../../quiet.ts";
import type { Audience } from "../audience.ts";
import type { Listening } from "../hearing/ear.ts";
import { Teller } from "../teller.ts";
import type { AudioInput } from "./audio-input.ts";
import { PaceWatch } from "./pace.ts";
import { type Said, SaidSoFar } from "./said.ts";
import { SoundWatch } from "./sound-watch.ts";

/** Milliseconds without audio, beyond the silence that ends an utterance, after which an open one is over: what does not come cannot be heard. */
const STALL = 1000;
const ENDPOINTING = 300;

const NOTHING = new SaidSoFar().said;

export interface ClientSessionParts {
  services: Services;
  audience: Audience;
  owner: string;
  id: string;
  options: Omit<SessionOptions, "client" | "session">;
  /** Each piece is told by itself, by whoever pushed it; else events are told as they come. */
  isPiecewise: boolean;
}

export class ClientSession {
  readonly id: string;
  readonly isPiecewise: boolean;
  /** When it was last used (milliseconds of `performance.now`). */
  usedAt = performance.now();
  readonly #parts: ClientSessionParts;
  readonly #session: Session;
  readonly #teller: Teller;
  readonly #over: Promise<void>;
  readonly #said = new SaidSoFar();
  #unflushed = new SaidSoFar();
  #isShortened = false;
  /** Who waits for the finals of a `finalize`, in order; nobody for those that a stall made. */
  readonly #flushes: (PromiseWithResolvers<Said> | undefined)[] = [];
  #raw: RawEncoding | undefined;
  #isEncoded = false;
  #isSpeaking = false;
  #isOver = false;
  readonly #stall = new QuietWatch(() => {
    if (this.#isSpeaking) this.#finish();
  });
  readonly #pace = new PaceWatch();
  readonly #sound = new SoundWatch();
  #listening: Listening | undefined;
  #seconds = 0;

  /** Throws what cannot be, and `busy`. */
  constructor(parts: ClientSessionParts) {
    const { services, audience, owner, id, options, isPiecewise } = parts;
    this.#parts = parts;
    this.id = id;
    this.isPiecewise = isPiecewise;
    this.#session = services.recognizer.openSession({ ...options, endpointing: ENDPOINTING, client: owner });
    this.#teller = new Teller({
      audience,
      owner,
      idOf: () => id,
      threshold: services.settings.vad.threshold,
      tellsSpeech: !isPiecewise,
      transcribes: !isPiecewise,
    });
    this.#over = this.#listen();
  }

  /** Whether bytes that come next belong to a container that was begun. */
  get isEncoded(): boolean {
    return this.#isEncoded;
  }

  get hasAudio(): boolean {
    return this.#isEncoded || this.#raw !== undefined;
  }

  /** It has ended by itself: too much audio came, or what came was none. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes audio. What was said of the first piece's encoding holds for a container to its end. Throws `conflict` when it is over. */
  push({ raw, bytes, warning }: AudioInput): void {
    if (this.#isOver)
      throw new VerbatimError("conflict", "The session has ended: its audio could not be heard further.");
    this.usedAt = performance.now();
    if (warning !== undefined) this.#teller.warn("sample-rate", warning);
    if (this.#isEncoded || raw === undefined) {
      if (!this.#isEncoded) this.#session.configure({ raw: undefined });
      this.#isEncoded = true;
      void this.#session.pushEncoded(bytes);
    } else {
      if (JSON.stringify(raw) !== JSON.stringify(this.#raw)) this.#session.configure({ raw });
      this.#raw = raw;
      const odd = this.#pace.add(bytes.length, raw) ?? this.#sound.add(bytes, raw);
      if (odd !== undefined) this.#teller.warn("sample-rate", odd);
      this.#session.pushRaw(bytes);
    }
    this.#awaitAudio();
  }

  /** Has this machine's own sound heard. */
  hear(listening: Listening): void {
    this.#listening = listening;
    void this.#hear(listening);
  }

  /** Ends what is being said; resolves with all that was said since the last time. */
  flush(): Promise<Said> {
    const flush = Promise.withResolvers<Said>();
    if (this.#isOver) flush.resolve(NOTHING);
    else this.#flushes.push(flush);
    this.#session.finalize();
    return flush.promise;
  }

  /** What was said so far. */
  get said(): Said {
    return this.#said.said;
  }

  /** Resolves when all is told, or as much as the seconds of a deadline allow, with how much was heard. */
  async stop(deadline?: number): Promise<{ said: Said; duration: number }> {
    this.#stall.stop();
    this.#listening?.close();
    await this.#session.close(deadline);
    await this.#over;
    return { said: this.said, duration: Math.round(this.#seconds * 1000) / 1000 };
  }

  async #hear(listening: Listening): Promise<void> {
    try {
      for await (const block of listening.blocks) {
        this.usedAt = performance.now();
        this.#session.push([block]);
      }
    } catch (thrown) {
      this.#teller.fail(toVerbatimError(thrown));
    }
    listening.close();
    if (this.#isSpeaking) this.#finish();
  }

  async #listen(): Promise<void> {
    const { services, options } = this.#parts;
    try {
      for await (const event of this.#session.events) this.#take(event);
    } catch (thrown) {
      services.log.error("a session failed", { session: this.id, error: thrown });
      this.#session.abort();
    }
    this.#isOver = true;
    for (const flush of this.#flushes.splice(0)) flush?.resolve(NOTHING);
    services.metrics.audioSeconds.add({ dialect: "realtime-mlx", model: options.model.id }, this.#seconds);
  }

  #take(event: SessionEvent): void {
    this.#seconds = Math.max(this.#seconds, event.at);
    if (event.type === "speech-started") this.#isSpeaking = true;
    if (event.type === "speech-ended") this.#isSpeaking = false;
    this.#teller.take(event);
    if (event.type !== "final") return;
    if (this.#said.add(event) && !this.#isShortened) {
      this.#isShortened = true;
      this.#teller.warn("text", "The session's text is longer than a session keeps: its beginning is left out.");
    }
    this.#unflushed.add(event);
    if (event.reason !== "finalize") return;
    this.#flushes.shift()?.resolve(this.#unflushed.said);
    this.#unflushed = new SaidSoFar();
  }

  /** Ends an open utterance when no audio comes: silence that is not sent cannot be heard. */
  #awaitAudio(): void {
    this.#stall.expect(ENDPOINTING + STALL);
  }

  /** Ends what is being said, for nobody who waits. */
  #finish(): void {
    this.#flushes.push(undefined);
    this.#session.finalize();
  }
}
