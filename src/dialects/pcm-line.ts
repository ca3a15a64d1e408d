/**
 * A socket that brings samples and gets texts: what the simplest protocols have in common. Which of them is spoken may turn out
 * while audio already comes; the session goes on.
 */

import type { RawEncoding } from "../audio/media.ts";
import type { ErrorCode } from "../error.ts";
import { toVerbatimError } from "../error.ts";
import type { SessionEvent, SessionOptions, SessionPatch } from "../recognizer/live/events.ts";
import type { Session } from "../recognizer/live/session.ts";
import type { Call } from "./call.ts";
import { beginsContainer } from "./containers.ts";
import type { Services } from "./dialect.ts";
import type { Conversation, Socket } from "./socket.ts";
import { Spoken } from "./spoken.ts";

/** How one protocol takes messages and tells events. */
export interface LineProtocol {
  /** What its sessions are opened with. */
  readonly session: SessionPatch;
  /** Characters of a text message that is read at all; 64 Ki unless given. */
  readonly longestText?: number;
  /** The socket is open: what the server says first. */
  opened?(): void;
  text(message: string): void;
  bytes(message: Uint8Array): void;
  /** Every event but errors and the last one. */
  hear(event: SessionEvent): void;
  /** All that was sent has been told, and nothing went wrong: the last chance to say something. */
  over(): void | Promise<void>;
  /** The client is gone. */
  gone?(): void;
}

/** A close code and its reason. */
export interface LineEnding {
  code: number;
  reason: string;
}

export const DONE: LineEnding = { code: 1000, reason: "" };
const STOPPED: LineEnding = { code: 1001, reason: "The server is shutting down." };
export const BAD_AUDIO: LineEnding = { code: 1003, reason: "The audio cannot be decoded." };
const TOO_LONG: LineEnding = { code: 1009, reason: "The message is too long." };
const FAILED: LineEnding = { code: 1011, reason: "Internal server error." };
const BUSY: LineEnding = { code: 1013, reason: "The server is busy." };

const LONGEST_TEXT = 64 * 1024;
/** Samples a second, unless the protocol lets the client say. */
const RATE = 16_000;
/** The share of the server's time to stop that finals may take; the rest is for telling them. */
const STOP_SHARE = 0.9;

/** The close code for what went wrong. */
export function endingOf(code: ErrorCode): LineEnding {
  if (code === "bad-audio") return BAD_AUDIO;
  return code === "busy" || code === "too-large" ? BUSY : FAILED;
}

export class PcmLine implements Conversation {
  readonly services: Services;
  readonly call: Call;
  readonly spoken = new Spoken();
  readonly #options: Pick<SessionOptions, "model" | "task" | "client">;
  readonly #dialect: string;
  #protocol: LineProtocol;
  #patch: SessionPatch = {};
  #socket: Socket | undefined;
  #session: Session | undefined;
  #isContained = false;
  #rate = RATE;
  #ending: LineEnding | undefined;
  #isGone = false;

  constructor(
    services: Services,
    call: Call,
    { dialect, model, open }: { dialect: string; model: SessionOptions["model"]; open(line: PcmLine): LineProtocol },
  ) {
    this.services = services;
    this.call = call;
    this.#dialect = dialect;
    this.#options = { model, task: "transcribe", client: call.client };
    this.#protocol = open(this);
    this.configure(this.#protocol.session);
  }

  get model(): SessionOptions["model"] {
    return this.#options.model;
  }

  /** Goes on in another protocol, from the next message and event on. */
  become(protocol: LineProtocol): void {
    this.#protocol = protocol;
    this.configure(protocol.session);
  }

  opened(socket: Socket): void {
    this.#socket = socket;
    this.call.facts.model = this.#options.model.id;
    this.#protocol.opened?.();
  }

  text(message: string): void {
    if (this.#ending !== undefined) return;
    if (message.length > (this.#protocol.longestText ?? LONGEST_TEXT)) this.cut(TOO_LONG);
    else this.#protocol.text(message);
  }

  bytes(message: Uint8Array): void {
    if (this.#ending === undefined && message.length > 0) this.#protocol.bytes(message);
  }

  closed(): void {
    this.#isGone = true;
    this.#session?.abort();
    this.#protocol.gone?.();
  }

  stop(): void {
    this.end(STOPPED, this.services.settings.shutdownTimeout * STOP_SHARE);
  }

  send(message: string): void {
    if (!this.#isGone) this.#socket?.send(message);
  }

  /** Takes audio. A session costs something, so there is none before. */
  push(bytes: Uint8Array): void {
    try {
      if (this.#session === undefined) {
        this.#isContained = beginsContainer(bytes);
        this.#session = this.#open();
      }
      if (this.#isContained) void this.#session.pushEncoded(bytes);
      else this.#session.pushRaw(bytes);
    } catch (thrown) {
      this.#fail(toVerbatimError(thrown).code);
    }
  }

  /** Throws what cannot be, and leaves everything as it was. */
  configure(patch: SessionPatch): void {
    this.#session?.configure(patch);
    this.#patch = { ...this.#patch, ...patch };
  }

  /** So many samples a second come from now on; a container says that itself. */
  set rate(rate: number) {
    this.#rate = rate;
    if (!this.#isContained) this.#session?.configure({ raw: this.#raw });
  }

  /** Makes final what was said up to here. */
  finalize(): void {
    this.#session?.finalize();
  }

  /** Lets everything be told that is still to be told, within so many seconds; then the line is over. */
  end(ending: LineEnding, deadline?: number): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (this.#session) void this.#session.close(deadline);
    else void this.#hangUp();
  }

  /** Ends at once. */
  cut(ending: LineEnding): void {
    this.#ending = ending;
    const wasOpen = !this.#isGone;
    this.#isGone = true;
    this.#session?.abort();
    if (wasOpen) this.#socket?.close(ending.code, ending.reason);
  }

  get #raw(): RawEncoding {
    return { encoding: "linear16", rate: this.#rate, channels: 1 };
  }

  #open(): Session {
    const raw = this.#isContained ? {} : { raw: this.#raw };
    const said = Object.entries({ ...this.#options, ...this.#patch, ...raw }).filter(
      ([, value]) => value !== undefined,
    );
    const session = this.services.recognizer.openSession(Object.fromEntries(said) as unknown as SessionOptions);
    void this.#listen(session);
    return session;
  }

  async #listen(session: Session): Promise<void> {
    try {
      for await (const event of session.events) this.#hear(event);
    } catch (thrown) {
      this.services.log.error("a stream failed", { request: this.call.id, error: thrown });
      this.cut(FAILED);
    }
  }

  #hear(event: SessionEvent): void {
    if (event.type === "closed") this.#over(event);
    else if (event.type === "error") this.#fail(event.code);
    else if (!this.#isGone) {
      this.spoken.take(event);
      this.#protocol.hear(event);
    }
  }

  #over({ at, reason }: Extract<SessionEvent, { type: "closed" }>): void {
    this.services.metrics.audioSeconds.add({ dialect: this.#dialect, model: this.#options.model.id }, at);
    this.call.facts.audio = Math.round(at * 1000) / 1000;
    if (this.#isGone) return;
    const isWhole = reason === "closed" || (reason === "deadline" && this.#ending === STOPPED);
    this.#ending ??= isWhole ? STOPPED : FAILED;
    // A text that lacks something must not look whole.
    if (isWhole) void this.#hangUp();
    else this.cut(reason === "overflow" ? BUSY : FAILED);
  }

  async #hangUp(): Promise<void> {
    try {
      await this.#protocol.over();
    } catch (thrown) {
      this.#fail(toVerbatimError(thrown).code);
      return;
    }
    if (!this.#isGone) this.#socket?.close(this.#ending?.code, this.#ending?.reason);
  }

  #fail(code: ErrorCode): void {
    this.call.facts.error = code;
    this.cut(endingOf(code));
  }
}
