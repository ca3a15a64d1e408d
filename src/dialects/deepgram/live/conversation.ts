/** One stream of `/v1/listen`: audio and control messages in, results out, and an end that says why. */
import type { SessionEvent, SessionOptions } from "../../../recognizer/live/events.ts";
import type { FormatOptions } from "../../../text/formatting/format.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import type { Conversation, Socket } from "../../socket.ts";
import { termsOf } from "../formatting.ts";
import { languageFor } from "../model.ts";
import type { DeclaredEncoding } from "../parameters.ts";
import { textIn } from "../sockets/binary-text.ts";
import { DONE, IDLE } from "../sockets/endings.ts";
import { Stream, type StreamOwner } from "../sockets/stream.ts";
import { type ConfigureChange, type Control, readControl, unreadable } from "./control.ts";
import { Finalizes } from "./finalizes.ts";
import {
  type ConfigureRefusal,
  configuredMessage,
  errorMessage,
  notConfiguredMessage,
  type StreamFacts,
} from "./messages.ts";
import { Teller } from "./teller.ts";
import type { TimelineOptions } from "./timeline.ts";

/** What a handshake asked for. */
export interface LiveRequest {
  declared: DeclaredEncoding | undefined;
  session: SessionOptions;
  timeline: TimelineOptions;
  formatting: FormatOptions;
  facts: StreamFacts;
}

/** What Lightning Whisper MLX's clients send when they say no rate (Hz). */
const START_RATE = 16_000;
/** So many times as long as a stream may be idle, KeepAlive alone holds one on which no audio ever came: ten minutes, unless set otherwise. */
const IDLE_TIMES = 60;
/** Characters of a message that was not understood, as it is sent back. */
const MOST_QUOTED = 1000;

export class LiveConversation implements Conversation, StreamOwner {
  readonly #request: LiveRequest;
  readonly #usualLanguage: string;
  /** Seconds. */
  readonly #longestSilence: number;
  readonly #stream: Stream;
  readonly #teller: Teller;
  readonly #finalizes = new Finalizes();

  constructor(services: Services, call: Call, request: LiveRequest) {
    const { declared, facts, timeline, formatting, session } = request;
    this.#request = request;
    const { language, deepgram } = services.settings;
    this.#usualLanguage = language;
    this.#longestSilence = deepgram.idleTimeout > 0 ? IDLE_TIMES * deepgram.idleTimeout : Number.POSITIVE_INFINITY;
    this.#stream = new Stream(services, call, { options: session, declared, activity: "streams" }, this);
    this.#teller = new Teller(facts, timeline, formatting, (message) => this.#stream.send(message));
    // A container says how many it has when it is opened.
    this.#teller.grow(session.channels === "all" ? 1 : (session.channels ?? 1));
  }

  opened(socket: Socket): void {
    this.#stream.open(socket);
  }

  text(message: string): void {
    this.#stream.touch();
    if (this.#stream.isEnding) return;
    const control = readControl(message);
    if (control.type === "Finalize") this.#finalize(control.channel, message);
    else if (control.type === "CloseStream") this.#close();
    else if (control.type === "KeepAlive") this.#keepAlive();
    else if (control.type === "Configure") this.#configure(control.change);
    else if (control.type === "start") this.#start(control, message);
    else if (control.type === "impossible")
      this.#refuse({ code: "CONFIGURE_INVALID", description: control.description });
    else this.#complain(control.description, message);
  }

  bytes(message: Uint8Array): void {
    const text = textIn(message);
    if (text !== undefined) {
      this.text(text);
      return;
    }
    this.#stream.touch();
    // Old clients end a stream with an empty message.
    if (message.length === 0) this.#close();
    else {
      this.#finalizes.audio();
      this.#stream.push(message);
    }
  }

  closed(): void {
    this.#stream.closed();
  }

  stop(): void {
    this.#stream.stop();
  }

  hear(event: SessionEvent): void {
    this.#teller.take(event);
    if (event.type === "final" && event.reason === "finalize")
      this.#teller.again(event.channel, this.#finalizes.answered(event.channel));
  }

  idle(): void {
    this.#stream.end(IDLE);
  }

  over(seconds: number): void {
    this.#teller.end(seconds);
  }

  #finalize(channel: number | undefined, message: string): void {
    const { channels } = this.#teller;
    if (channel !== undefined && channel >= channels)
      this.#complain(unreadable(`there is no channel ${channel}`), message);
    else if (this.#finalizes.add(channel, channels)) this.#stream.session?.finalize(channel);
  }

  #close(): void {
    this.#teller.closing();
    this.#stream.end(DONE);
  }

  #keepAlive(): void {
    const silent = (performance.now() - this.#stream.openedAt) / 1000;
    if (!this.#stream.inlet.hasBegun && silent > this.#longestSilence) this.#stream.end(IDLE);
  }

  #configure({ keyterms, numerals }: ConfigureChange): void {
    const { session, facts } = this.#request;
    if (keyterms) {
      try {
        session.keyterms = termsOf({ keyterm: keyterms, keywords: [] });
      } catch {
        this.#refuse({ code: "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", description: "There are too many key terms." });
        return;
      }
      this.#stream.session?.configure({ keyterms: session.keyterms });
    }
    if (numerals !== undefined) this.#teller.formatting = { ...this.#teller.formatting, numerals };
    this.#stream.send(configuredMessage(facts.requestId, session.keyterms ?? []));
  }

  #start({ rate, language: name }: Extract<Control, { type: "start" }>, message: string): void {
    const { declared, session } = this.#request;
    const { inlet } = this.#stream;
    const language = name === undefined ? undefined : this.#languageNamed(name);
    const isContained = inlet.hasBegun && !inlet.isRaw;
    if (isContained || (name !== undefined && language === undefined)) {
      const why = isContained ? "the audio has begun and says itself what it is" : `no such language: ${name}`;
      this.#complain(unreadable(why), message);
      return;
    }
    if (language !== undefined) this.#stream.session?.configure({ language });
    const raw = session.raw ?? { encoding: "linear16", rate: START_RATE, channels: declared?.channels ?? 1 };
    if (rate !== undefined || !inlet.isRaw)
      this.#stream.session?.configure({ raw: { ...raw, rate: rate ?? raw.rate } });
    inlet.becomeRaw();
  }

  #languageNamed(name: string): string | undefined {
    try {
      const language = languageFor(name, this.#request.session.model, this.#usualLanguage);
      return language === "multi" ? undefined : language;
    } catch {
      return undefined;
    }
  }

  #complain(description: string, message: string): void {
    const quoted = message.slice(0, MOST_QUOTED);
    this.#stream.send(errorMessage({ variant: "SchemaError", description, message: quoted }));
  }

  #refuse(refusal: ConfigureRefusal): void {
    this.#stream.send(notConfiguredMessage(this.#request.facts.requestId, refusal));
  }
}
