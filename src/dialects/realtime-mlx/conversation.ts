/** One socket: it hears the events of all, and may send audio of its own. */
import { toVerbatimError, VerbatimError } from "../../error.ts";
import type { Call } from "../call.ts";
import { beginsContainer } from "../containers.ts";
import { type Conversation, type Handshake, keyInAddress, type Socket, type SocketDoor } from "../socket.ts";
import type { Member } from "./audience.ts";
import { errorFields, errorReply, isPagePath, PAGE_PREFIX } from "./errors.ts";
import { eventText, now } from "./events.ts";
import { type Body, isObject, optionalField } from "./json-body.ts";
import { type Declared, readDeclared, USUAL_RATE } from "./sessions/audio-input.ts";
import type { ClientSession } from "./sessions/client-session.ts";
import { openSession } from "./sessions/open.ts";
import type { World } from "./world.ts";

/** The page's path, and the original's. */
export function eventsDoor(world: () => World): SocketDoor {
  return {
    paths: [`${PAGE_PREFIX}/ws`, `${PAGE_PREFIX}/events`, "/events"],
    key: keyInAddress,
    accept(request: Request, call: Call): Handshake {
      const isPage = isPagePath(new URL(request.url).pathname);
      const conversation = new EventsConversation(world(), call, isPage);
      // A browser can send its key in no other way, and drops a connection whose answer does not name the scheme.
      const [scheme = ""] = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
      return { conversation, ...(/^(token|bearer)$/i.test(scheme) ? { protocol: scheme } : {}) };
    },
    refuse: errorReply,
  };
}

/** Seconds that the last words of a client may take who has gone. */
const LAST_WORDS = 10;

class EventsConversation implements Conversation {
  readonly #world: World;
  readonly #call: Call;
  readonly #isPage: boolean;
  #member: Member | undefined;
  /** What the client has said of the audio to come. */
  #declared: Declared = { channels: 1 };
  #language: string | undefined;
  /** The session of this socket's own audio. */
  #session: ClientSession | undefined;
  /** What the client says is done in order, though opening a session takes a while. */
  #order: Promise<void> = Promise.resolve();

  constructor(world: World, call: Call, isPage: boolean) {
    this.#world = world;
    this.#call = call;
    this.#isPage = isPage;
  }

  opened(socket: Socket): void {
    const { audience, system } = this.#world;
    this.#member = { socket, owner: this.#call.client, isPage: this.#isPage };
    audience.add(this.#member);
    if (this.#isPage) socket.send(eventText({ event: "system_status", ...system.status, timestamp: now() }));
  }

  text(message: string): void {
    // The original reads what it is told, and does nothing.
    if (this.#isPage) this.#do(() => this.#obey(message));
  }

  bytes(message: Uint8Array): void {
    this.#do(() => this.#hear(message));
  }

  closed(): void {
    if (this.#member) this.#world.audience.remove(this.#member);
    this.#member = undefined;
    // Others may still listen to what it said.
    void this.#order.then(() => this.#session?.stop(LAST_WORDS));
  }

  stop(): void {
    void this.#order
      .then(() => Promise.all([this.#world.stop(), this.#session?.stop()]))
      .finally(() => this.#member?.socket.close(1001, "The server is shutting down"));
  }

  async #obey(message: string): Promise<void> {
    const command = parsed(message);
    const name = command.event ?? command.type;
    if (name === "configure") return this.#configure(command);
    if (name === "stop") return await this.#stopSession();
    const known = "Known: configure, stop; audio comes in binary messages.";
    const shown = typeof name === "string" ? `: ${name.slice(0, 100)}` : "";
    throw new VerbatimError("bad-request", `Unknown event${shown}. ${known}`, { parameter: "event" });
  }

  #configure(command: Body): void {
    const declared = readDeclared(command);
    const language = optionalField(command, "language", "string");
    if (this.#session?.hasAudio)
      throw new VerbatimError("conflict", "The audio has begun: send `stop` first, or configure before it.");
    this.#declared = declared;
    this.#language = language;
  }

  async #stopSession(): Promise<void> {
    const session = this.#session;
    if (session === undefined) throw new VerbatimError("conflict", "There is no audio to stop.");
    this.#session = undefined;
    await session.stop();
  }

  async #hear(bytes: Uint8Array): Promise<void> {
    if (this.#session === undefined || this.#session.isOver) {
      const language = this.#language;
      const asked = language === undefined ? {} : { language };
      const opened = await openSession(this.#world, this.#call.client, asked);
      this.#session = opened.session;
      this.#call.facts.model = opened.model;
      for (const message of opened.warnings) this.#warn("language", message);
    }
    const session = this.#session;
    const { encoding, rate = USUAL_RATE, channels } = this.#declared;
    // Only the first message says what the stream is; each may end in the middle of a sample.
    const isContainer = !session.hasAudio && encoding === undefined && beginsContainer(bytes);
    session.push(isContainer ? { bytes } : { raw: { encoding: encoding ?? "linear16", rate, channels }, bytes });
  }

  #do(action: () => Promise<void> | void): void {
    this.#order = this.#order.then(action).catch((thrown) => {
      const error = toVerbatimError(thrown);
      if (error.code === "internal")
        this.#world.services.log.error("a socket's message was not carried out", {
          request: this.#call.id,
          error: thrown,
        });
      if (this.#isPage) this.#member?.socket.send(eventText({ event: "error", ...errorFields(error) }));
    });
  }

  #warn(code: string, message: string): void {
    if (this.#isPage) this.#member?.socket.send(eventText({ event: "warning", code, message, timestamp: now() }));
  }
}

function parsed(message: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {}
  if (isObject(value)) return value;
  throw new VerbatimError("bad-request", "The message is no JSON object.");
}
