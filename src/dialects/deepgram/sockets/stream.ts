/** A socket and its session: bytes go in, events come out, and both end together, for a reason that is told. */
import type { ClosedReason, SessionEvent, SessionOptions } from "../../../recognizer/live/events.ts";
import type { Session } from "../../../recognizer/live/session.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { QuietWatch } from "../../quiet.ts";
import type { Socket } from "../../socket.ts";
import { activityOf } from "../activity.ts";
import type { DeclaredEncoding } from "../parameters.ts";
import { type Ending, endingOf, FAILED, STOPPED } from "./endings.ts";
import { Inlet } from "./inlet.ts";

/** The share of the server's time to stop that finals may take; the rest is for telling them. */
const STOP_SHARE = 0.9;

export interface StreamOwner {
  /** Every event but errors and the last one. */
  hear(event: SessionEvent): void;
  /** Nothing came from the client for too long. */
  idle(): void;
  /** There will be no more events, after so many seconds of audio: the last chance to say something. */
  over(seconds: number, ending: Ending): void;
}

interface StreamRequest {
  options: SessionOptions;
  /** Undefined: the bytes say what they are. */
  declared: DeclaredEncoding | undefined;
  /** As what it is counted. */
  activity: "streams" | "turns";
}

export class Stream {
  readonly inlet: Inlet;
  /** When it was opened (milliseconds of `performance.now`). */
  openedAt = 0;
  readonly #services: Services;
  readonly #call: Call;
  readonly #options: SessionOptions;
  readonly #activity: StreamRequest["activity"];
  readonly #owner: StreamOwner;
  #socket: Socket | undefined;
  #session: Session | undefined;
  readonly #idle: QuietWatch;
  /** Milliseconds that a client may be idle; 0: for ever. */
  readonly #patience: number;
  #ending: Ending | undefined;
  #isGone = false;

  constructor(services: Services, call: Call, { options, declared, activity }: StreamRequest, owner: StreamOwner) {
    this.#services = services;
    this.#call = call;
    this.#options = options;
    this.#activity = activity;
    this.#owner = owner;
    this.inlet = new Inlet(declared);
    this.#patience = services.settings.deepgram.idleTimeout * 1000;
    this.#idle = new QuietWatch(() => owner.idle());
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** What comes now is too late to be heard. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  open(socket: Socket): void {
    this.#socket = socket;
    this.openedAt = performance.now();
    activityOf(this.#services)[this.#activity]++;
    this.#call.facts.model = this.#options.model.id;
    const session = this.#services.recognizer.openSession(this.#options);
    this.#session = session;
    this.touch();
    void this.#listen(session);
  }

  /** The client has sent something. */
  touch(): void {
    if (this.#patience > 0 && !this.isEnding && !this.#isGone) this.#idle.expect(this.#patience);
  }

  push(bytes: Uint8Array): void {
    if (this.#session && !this.isEnding) this.inlet.push(this.#session, bytes);
  }

  send(message: string): void {
    if (!this.#isGone) this.#socket?.send(message);
  }

  /** Lets the session tell what it still has to tell, within so many seconds; then the stream is over. */
  end(ending: Ending, deadline?: number): void {
    this.#ending ??= ending;
    this.#idle.stop();
    void this.#session?.close(deadline);
  }

  /** The server stops. */
  stop(): void {
    this.end(STOPPED, this.#services.settings.shutdownTimeout * STOP_SHARE);
  }

  /** Ends at once. */
  cut({ code, reason }: Ending): void {
    this.#isGone = true;
    this.#idle.stop();
    this.#session?.abort();
    this.#socket?.close(code, reason);
  }

  /** The client has gone. */
  closed(): void {
    this.#isGone = true;
    this.#idle.stop();
    this.#session?.abort();
    activityOf(this.#services)[this.#activity]--;
  }

  async #listen(session: Session): Promise<void> {
    try {
      for await (const event of session.events) this.#hear(event);
    } catch (thrown) {
      this.#services.log.error("a stream failed", { request: this.#call.id, error: thrown });
      this.cut(FAILED);
    }
  }

  #hear(event: SessionEvent): void {
    if (event.type === "closed") this.#over(event);
    else if (event.type === "error") {
      this.#call.facts.error = event.code;
      this.#ending = endingOf(event.code);
      // Words are lost: an end without a fault would say that all was told.
      if (event.utterance !== undefined) this.end(FAILED);
    } else this.#owner.hear(event);
  }

  #over({ at: seconds, reason }: Extract<SessionEvent, { type: "closed" }>): void {
    const model = this.#options.model.id;
    this.#services.metrics.audioSeconds.add({ dialect: "deepgram", model }, seconds);
    this.#call.facts.audio = Math.round(seconds * 1000) / 1000;
    this.#idle.stop();
    if (this.#isGone) return;
    const ending = endingAfter(reason, this.#ending);
    this.#owner.over(seconds, ending);
    this.#socket?.close(ending.code, ending.reason);
  }
}

function endingAfter(reason: ClosedReason, wanted: Ending | undefined): Ending {
  // What was not all told has not ended as it should.
  if (reason === "unread" || (reason === "deadline" && wanted !== STOPPED)) return FAILED;
  // A session that nobody here has ended was ended by the program.
  return wanted ?? STOPPED;
}
