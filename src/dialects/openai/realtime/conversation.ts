/** One Realtime socket: what the client says becomes audio and wishes of a live session, what that hears becomes events. */
import { toVerbatimError, VerbatimError } from "../../../error.ts";
import type { SessionEvent, SessionOptions } from "../../../recognizer/live/events.ts";
import type { Session } from "../../../recognizer/live/session.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { QuietWatch } from "../../quiet.ts";
import type { Conversation, Socket } from "../../socket.ts";
import { type ClientEvent, parseMessage, readEvent } from "./client-events.ts";
import { type Configuration, changed, LOGPROBS } from "./configuration.ts";
import { Items } from "./items.ts";
import {
  bytesPerSecond,
  isLive,
  type LiveWishes,
  liveWishes,
  rawEncoding,
  turnPrefix,
  turnSilence,
} from "./live-options.ts";
import { errorFields, eventText, newId } from "./server-events.ts";
import { type Shape, sessionObject } from "./session-object.ts";

/** What is known when the socket opens. */
export interface Opening {
  configuration: Configuration;
  shape: Shape;
  /** The model that the address named. */
  model: string | undefined;
}

/** The API's own rule, in seconds. */
const LEAST_COMMIT = 0.1;
/** Milliseconds without audio, beyond the silence that ends a turn, after which an open turn is over: what does not come cannot be heard. */
const STALL = 1000;
/** Bytes of messages that may wait for their turn: half an hour of audio that is sent faster than it can be decoded. */
const MOST_WAITING = 128 << 20;
/** Seconds that OpenAI gives a session. */
const OPENAI_LIMIT = 3600;

/** The conversation of a new socket; throws what cannot be, and `busy`. */
export async function newConversation(services: Services, call: Call, opening: Opening): Promise<Conversation> {
  const wishes = await liveWishes(opening.configuration, opening.model, services.settings);
  // A client hears at the door that there is no room.
  services.engines.admit(call.client, 0).release();
  return new RealtimeConversation(services, call, opening, wishes);
}

class RealtimeConversation implements Conversation {
  readonly #services: Services;
  readonly #call: Call;
  readonly #options: LiveWishes["options"];
  readonly #items: Items;
  readonly #model: string | undefined;
  readonly #id = newId("sess");
  readonly #expiresAt: number;
  /** What is wrong with the configuration that it began with. */
  readonly #complaint: VerbatimError | undefined;
  #configuration: Configuration;
  #shape: Shape;
  /** The id of the model that runs, for the counters. */
  #running: string;
  #socket: Socket | undefined;
  #session: Session | undefined;
  /** What the client said is done in order, also where something has to be looked up. */
  #order: Promise<void> = Promise.resolve();
  /** Bytes of what it said that is not done yet. */
  #waiting = 0;
  /** Seconds of audio since the socket opened. */
  #appended = 0;
  readonly #stall = new QuietWatch(() => this.#stalled());
  #expiry: Timer | undefined;

  constructor(services: Services, call: Call, opening: Opening, wishes: LiveWishes) {
    this.#services = services;
    this.#call = call;
    this.#options = wishes.options;
    this.#configuration = opening.configuration;
    this.#shape = opening.shape;
    this.#model = opening.model;
    this.#complaint = wishes.complaint;
    this.#running = wishes.options.model.id;
    call.facts.model = this.#running;
    const limit = services.settings.sessionLimit || OPENAI_LIMIT;
    this.#expiresAt = Math.floor(Date.now() / 1000 + limit);
    const conversation = this;
    this.#items = new Items({
      get prefix() {
        return turnPrefix(conversation.#configuration);
      },
      get wantsLogprobs() {
        return conversation.#configuration.include?.includes(LOGPROBS) === true;
      },
      get isLive() {
        return isLive(conversation.#configuration);
      },
      get shape() {
        return conversation.#shape;
      },
      say: (type, fields) => this.#say(type, fields),
    });
  }

  opened(socket: Socket): void {
    this.#socket = socket;
    const session = this.#open();
    this.#session = session;
    this.#tellSession(this.#shape === "beta" ? "transcription_session.created" : "session.created");
    if (this.#complaint) this.#say("error", errorFields(this.#complaint, null));
    void this.#listen(session);
    const { sessionLimit } = this.#services.settings;
    if (sessionLimit > 0) this.#expiry = setTimeout(() => this.#expire(sessionLimit), sessionLimit * 1000);
  }

  text(message: string): void {
    this.#waits(message.length);
    if (this.#waiting > MOST_WAITING) this.#refuseMore();
    else
      this.#order = this.#order.then(async () => {
        await this.#hear(message);
        this.#waits(-message.length);
      });
  }

  bytes(message: Uint8Array): void {
    // Some libraries send text as bytes; audio is to be sent in JSON.
    this.text(new TextDecoder().decode(message));
  }

  closed(): void {
    this.#socket = undefined;
    this.#forgetTimers();
    this.#session?.abort();
    this.#call.facts.audio = Math.round(this.#appended * 1000) / 1000;
  }

  stop(): void {
    this.#forgetTimers();
    void this.#order.then(() => this.#session?.close());
  }

  #open(): Session {
    const said = Object.entries(this.#options).filter(([, value]) => value !== undefined);
    return this.#services.recognizer.openSession({
      ...(Object.fromEntries(said) as Pick<SessionOptions, "model" | "task">),
      client: this.#call.client,
      raw: rawEncoding(this.#configuration.format),
    });
  }

  async #listen(session: Session): Promise<void> {
    let reason = "failed";
    try {
      for await (const event of session.events) {
        if (event.type === "closed") reason = event.reason;
        else this.#take(event);
      }
    } catch (thrown) {
      this.#services.log.error("a conversation failed", { request: this.#call.id, error: thrown });
    }
    this.#items.end();
    if (reason === "closed") this.#close(1001, "The server is shutting down");
    else this.#close(1011, "The session ended");
  }

  #take(event: SessionEvent): void {
    if (event.type === "error" && event.utterance === undefined) {
      const error = new VerbatimError(event.code, event.message);
      this.#services.log.warn("a live session ends", { request: this.#call.id, error });
      this.#say("error", errorFields(error, null));
      return;
    }
    if (event.type === "error")
      this.#services.log.error("an utterance was not decoded", { request: this.#call.id, reason: event.message });
    this.#items.take(event);
    if (event.type === "speech-started") this.#awaitAudio();
  }

  async #hear(message: string): Promise<void> {
    if (this.#socket === undefined) return;
    let eventId: unknown;
    try {
      const event = parseMessage(message);
      eventId = event.event_id;
      await this.#do(readEvent(event));
    } catch (thrown) {
      const error = toVerbatimError(thrown);
      if (error.code === "internal")
        this.#services.log.error("a client's event was not carried out", { request: this.#call.id, error: thrown });
      this.#items.afterwards(() => this.#say("error", errorFields(error, eventId)));
    }
  }

  async #do(event: ClientEvent): Promise<void> {
    if (event.type === "update") await this.#update(event);
    else if (event.type === "append") await this.#append(event.audio);
    else if (event.type === "commit") this.#commit();
    else if (event.type === "clear") {
      this.#items.clear(this.#appended);
      this.#session?.discard();
    }
  }

  async #update({ session, isBeta }: { session: unknown; isBeta: boolean }): Promise<void> {
    const before = this.#configuration;
    const next = changed(before, session);
    const { options, complaint } = await liveWishes(next, this.#model, this.#services.settings);
    if (complaint) throw complaint;
    const isOther = JSON.stringify(next.format) !== JSON.stringify(before.format);
    this.#session?.configure({ ...options, ...(isOther ? { raw: rawEncoding(next.format) } : {}) });
    this.#configuration = next;
    this.#running = options.model.id;
    this.#call.facts.model = options.model.id;
    if (isBeta) this.#shape = "beta";
    const type = isBeta ? "transcription_session.updated" : "session.updated";
    this.#items.afterwards(() => this.#tellSession(type));
  }

  async #append(audio: Uint8Array): Promise<void> {
    const seconds = audio.length / bytesPerSecond(this.#configuration.format);
    this.#appended += seconds;
    this.#services.metrics.audioSeconds.add({ dialect: "openai", model: this.#running }, seconds);
    this.#session?.pushRaw(audio);
    this.#awaitAudio();
    // Who sends a whole file at once is heard at the pace of the decoder.
    await this.#session?.ready();
  }

  /** So many bytes more wait for their turn. */
  #waits(more: number): void {
    this.#waiting += more;
    this.#session?.waitsOutside(this.#waiting);
  }

  #refuseMore(): void {
    const message = "Audio comes faster than it can be transcribed: more than half an hour of it waits.";
    this.#say("error", errorFields(new VerbatimError("too-large", message), null));
    this.#close(1008, "Too much audio waits");
  }

  #commit(): void {
    const seconds = this.#items.uncommitted(this.#appended);
    if (seconds < LEAST_COMMIT) {
      const has = `buffer only has ${(seconds * 1000).toFixed(2)}ms of audio`;
      throw new VerbatimError(
        "bad-request",
        `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but ${has}.`,
        { reason: "commit-empty" },
      );
    }
    this.#items.commit(this.#appended);
    this.#session?.finalize();
  }

  /** Ends an open turn when no audio comes: silence that is not sent cannot be heard. */
  #awaitAudio(): void {
    const silence = turnSilence(this.#configuration);
    if (silence === undefined) this.#stall.stop();
    else this.#stall.expect(silence + STALL);
  }

  #stalled(): void {
    if (!this.#items.isTurnOpen) return;
    // It has come, and waits here.
    if (this.#waiting > 0) this.#awaitAudio();
    else {
      this.#items.flush();
      this.#session?.finalize();
    }
  }

  #expire(limit: number): void {
    const message = `Your session hit the maximum duration of ${Math.round(limit / 6) / 10} minutes.`;
    this.#say("error", errorFields(new VerbatimError("bad-request", message, { reason: "session-expired" }), null));
    this.#close(1001, "session_expired");
  }

  #tellSession(type: string): void {
    const facts = { id: this.#id, expiresAt: this.#expiresAt, model: this.#model };
    this.#say(type, { session: sessionObject(this.#configuration, this.#shape, facts) });
  }

  #say(type: string, fields: object): void {
    this.#socket?.send(eventText(type, fields));
  }

  #close(code: number, reason: string): void {
    this.#socket?.close(code, reason);
  }

  #forgetTimers(): void {
    this.#stall.stop();
    clearTimeout(this.#expiry);
  }
}
