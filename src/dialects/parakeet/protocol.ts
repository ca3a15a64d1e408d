/** Parakeet's socket: samples in; `queued` when an utterance is cut, its text when that is known. */
import type { SessionEvent, SessionPatch } from "../../recognizer/live/events.ts";
import { languageOrHeard } from "../pcm-door.ts";
import type { LineProtocol, PcmLine } from "../pcm-line.ts";

/** Milliseconds of silence that cut an utterance there. */
const SILENCE = 250;

export interface ParakeetOptions {
  /** Texts that may still change are told too. */
  partials: boolean;
}

export class ParakeetProtocol implements LineProtocol {
  readonly session: SessionPatch;
  readonly #line: PcmLine;
  readonly #queued = new Set<number>();
  #partial = "";

  constructor(line: PcmLine, { partials }: ParakeetOptions) {
    const { language, parakeet } = line.services.settings;
    this.#line = line;
    this.session = {
      language: languageOrHeard(language, line.model),
      endpointing: SILENCE,
      maxUtterance: parakeet.maxUtterance,
      interim: partials ? undefined : false,
    };
  }

  /** There are no control messages; one that ends is understood all the same. */
  text(message: string): void {
    if (/"type"\s*:\s*"stop"/.test(message)) this.#line.finalize();
  }

  bytes(message: Uint8Array): void {
    this.#line.push(message);
  }

  hear(event: SessionEvent): void {
    if (event.type === "partial") this.#tellPartial(event.text.trim());
    else if (event.type === "speech-ended" && !event.isDiscarded) this.#queue(event.utterance);
    else if (event.type === "final") this.#tellFinal(event.utterance, event.text.trim());
  }

  over(): void {}

  #tellPartial(text: string): void {
    if (text === "" || text === this.#partial) return;
    this.#partial = text;
    this.#line.send(JSON.stringify({ type: "partial", text, is_final: false }));
  }

  /** Once for each text. */
  #queue(utterance: number): void {
    if (this.#queued.has(utterance)) return;
    this.#queued.add(utterance);
    this.#line.send(JSON.stringify({ status: "queued" }));
  }

  #tellFinal(utterance: number, text: string): void {
    this.#partial = "";
    if (text !== "") {
      this.#queue(utterance);
      this.#line.send(JSON.stringify({ type: "final", text, is_final: true }));
    }
    this.#queued.delete(utterance);
  }
}
