/** Lightning Whisper MLX's own way on `/v1/listen`: the server greets, results grow until `stop`, and one final result ends it. */
import type { SessionEvent, SessionPatch } from "../../../recognizer/live/events.ts";
import type { Word } from "../../../text/transcript.ts";
import { DONE, type LineProtocol, type PcmLine } from "../../pcm-line.ts";
import { activityOf } from "../activity.ts";
import { languageFor } from "../model.ts";
import { type LightningControl, readLightning } from "./control.ts";
import { errorMessage, greeting, type LightningFacts, resultsMessage } from "./messages.ts";

/** Its close code for messages that it does not understand. */
const NOT_UNDERSTOOD = 4400;

/** Words of an interim result, half an hour of speech: repeated every few seconds, a day's would be megabytes. */
const MOST_WORDS = 5000;

export class LightningProtocol implements LineProtocol {
  readonly session: SessionPatch;
  /** Some seconds of audio in base64. */
  readonly longestText = 1 << 20;
  readonly #line: PcmLine;
  readonly #facts: LightningFacts;
  readonly #words: Word[] = [];
  #shown = 0;

  /** `usual`: what counts until `start` says otherwise. */
  constructor(
    line: PcmLine,
    requestId: string,
    usual: { language?: string | undefined; rate?: number | undefined } = {},
  ) {
    const { lightning, language: usualLanguage } = line.services.settings;
    const { language = usualLanguage, rate = lightning.sampleRate } = usual;
    this.#line = line;
    this.#facts = { requestId, utteranceId: crypto.randomUUID(), model: line.model.id, rate };
    line.rate = rate;
    this.session = { language: this.#languageNamed(language), interim: Math.round(lightning.window * 1000) };
  }

  opened(): void {
    activityOf(this.#line.services).streams++;
    this.#line.send(greeting(this.#facts));
  }

  text(message: string): void {
    const control = readLightning(message);
    if (control.type === "start") this.#start(control);
    else if (control.type === "audio") this.#line.push(control.bytes);
    else if (control.type === "end") this.#line.end(DONE);
    else if (control.type === "wrong") this.#complain(control.error);
  }

  bytes(message: Uint8Array): void {
    this.#line.push(message);
  }

  hear(event: SessionEvent): void {
    if (event.type === "partial") this.#tell(event.words);
    else if (event.type === "final") {
      this.#words.push(...event.words);
      this.#tell([]);
    }
  }

  over(): void {
    this.#line.send(resultsMessage(this.#facts, this.#words, true, new Date()));
  }

  gone(): void {
    activityOf(this.#line.services).streams--;
  }

  /** Tells what is final, and what is not; nothing where nothing is new. */
  #tell(open: readonly Word[]): void {
    const count = this.#words.length + open.length;
    if (count <= this.#shown) return;
    this.#shown = count;
    const words = [...this.#words.slice(-MOST_WORDS), ...open].slice(-MOST_WORDS);
    this.#line.send(resultsMessage(this.#facts, words, false, new Date()));
  }

  #start({ rate, language: name }: Extract<LightningControl, { type: "start" }>): void {
    try {
      if (name !== undefined) this.#line.configure({ language: this.#languageNamed(name) });
    } catch {
      this.#complain(`Unsupported language: ${name?.slice(0, 60)}`);
      return;
    }
    if (rate !== undefined) this.#line.rate = rate;
  }

  /** Throws for what is no language of the model's. */
  #languageNamed(name: string): string | undefined {
    const language = languageFor(name, this.#line.model, name);
    return language === "multi" ? undefined : language;
  }

  #complain(error: string): void {
    this.#line.send(errorMessage(error));
    this.#line.cut({ code: NOT_UNDERSTOOD, reason: error });
  }
}
