/** One stream of `/v2/listen`: audio and control messages in, turns out. */
import type { SessionEvent, SessionOptions } from "../../../recognizer/live/events.ts";
import { type FormatOptions, formatWords } from "../../../text/formatting/format.ts";
import type { Call } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import type { Conversation, Socket } from "../../socket.ts";
import { termsOf } from "../formatting.ts";
import type { DeclaredEncoding } from "../parameters.ts";
import { textIn } from "../sockets/binary-text.ts";
import { type Ending, FAILED, IDLE, isFault, LEFT } from "../sockets/endings.ts";
import { Stream, type StreamOwner } from "../sockets/stream.ts";
import { type FluxChange, readFluxControl } from "./control.ts";
import { hintedLanguages } from "./languages.ts";
import { Messages } from "./messages.ts";
import { endpointingFor, likelyAfterFor, type Thresholds } from "./turn-end.ts";
import { type Turn, Turns } from "./turns.ts";

/** What a handshake asked for. */
export interface FluxRequest {
  requestId: string;
  declared: DeclaredEncoding | undefined;
  session: SessionOptions;
  thresholds: Thresholds;
  formatting: FormatOptions;
  /** The languages that the client expects; absent: the stream has one language. */
  hints?: readonly string[];
}

export class FluxConversation implements Conversation, StreamOwner {
  readonly #stream: Stream;
  readonly #turns: Turns;
  readonly #messages: Messages;
  #formatting: FormatOptions;
  #keyterms: readonly string[];
  #hints: readonly string[] | undefined;
  /** The silence that the session waits for (milliseconds). */
  #endpointing: number;

  constructor(
    services: Services,
    call: Call,
    { requestId, declared, session, thresholds, formatting, hints }: FluxRequest,
  ) {
    this.#turns = new Turns(thresholds);
    this.#messages = new Messages(requestId, () => this.#hints);
    this.#formatting = formatting;
    this.#keyterms = session.keyterms ?? [];
    this.#hints = hints;
    this.#endpointing = endpointingFor(thresholds, false);
    const options = { ...session, endpointing: this.#endpointing, likelyAfter: likelyAfterFor(thresholds) };
    this.#stream = new Stream(services, call, { options, declared, activity: "turns" }, this);
  }

  opened(socket: Socket): void {
    this.#stream.open(socket);
    this.#stream.send(this.#messages.connected());
  }

  text(message: string): void {
    this.#stream.touch();
    if (this.#stream.isEnding) return;
    const control = readFluxControl(message);
    if (control.type === "CloseStream") this.#stream.end(LEFT);
    else if (control.type === "ForceEndTurn") this.#stream.session?.finalize();
    else if (control.type === "Configure") this.#configure(control.change);
    else if (control.type === "impossible") this.#stream.send(this.#messages.notConfigured());
    else {
      this.#stream.send(this.#messages.error("UNPARSABLE_CLIENT_MESSAGE", "Could not deserialize last text message"));
      this.#stream.cut(FAILED);
    }
  }

  bytes(message: Uint8Array): void {
    const text = textIn(message);
    if (text !== undefined) {
      this.text(text);
      return;
    }
    this.#stream.touch();
    if (message.length > 0) this.#stream.push(message);
  }

  closed(): void {
    this.#stream.closed();
  }

  stop(): void {
    this.#stream.stop();
  }

  hear(event: SessionEvent): void {
    for (const turn of this.#turns.take(event)) this.#stream.send(this.#messages.turn(turn, this.#formatted(turn)));
    this.#adapt();
  }

  idle(): void {
    this.#stream.end(IDLE);
  }

  over(_seconds: number, ending: Ending): void {
    if (ending === IDLE) {
      const description = "No audio and no message came within the timeout window.";
      this.#stream.send(this.#messages.error("INACTIVE_CLIENT", description));
    } else if (isFault(ending)) this.#stream.send(this.#messages.error("INTERNAL_SERVER_ERROR", ending.reason));
  }

  /** A finished sentence needs less silence. */
  #adapt(): void {
    const endpointing = endpointingFor(this.#turns.thresholds, this.#turns.isFinished);
    if (endpointing === this.#endpointing) return;
    this.#endpointing = endpointing;
    this.#stream.session?.configure({ endpointing });
  }

  #formatted({ words, event, language }: Turn) {
    const spoken = language === undefined ? words : words.map((word) => ({ language, ...word }));
    const { redaction } = this.#formatting;
    const held = redaction && event !== "EndOfTurn" ? { redaction: redaction.draft() } : {};
    return formatWords(spoken, { ...this.#formatting, ...held });
  }

  #configure({ thresholds, keyterms, hints, numerals }: FluxChange): void {
    try {
      const terms = keyterms && termsOf({ keyterm: keyterms, keywords: [] });
      const languages = hints && this.#hints ? hintedLanguages(hints) : undefined;
      this.#stream.session?.configure({
        ...(terms ? { keyterms: terms } : {}),
        ...(languages ? { languages: languages.length > 0 ? languages : undefined } : {}),
      });
      if (keyterms) this.#keyterms = keyterms;
      if (languages) this.#hints = languages;
    } catch {
      this.#stream.send(this.#messages.notConfigured());
      return;
    }
    const { eager, ...others } = { ...this.#turns.thresholds, ...thresholds };
    this.#turns.thresholds = { ...others, ...(eager === undefined ? {} : { eager }) };
    this.#stream.session?.configure({ likelyAfter: likelyAfterFor(this.#turns.thresholds) });
    this.#adapt();
    if (numerals !== undefined) this.#formatting = { ...this.#formatting, numerals };
    this.#stream.send(this.#messages.configured(this.#turns.thresholds, this.#keyterms));
  }
}
