/** Handy's socket: partials of the last seconds while somebody speaks, one final after `stop`. What goes wrong is a close code. */
import { toVerbatimError } from "../../error.ts";
import type { SessionEvent, SessionPatch } from "../../recognizer/live/events.ts";
import { isWholeContainer } from "../containers.ts";
import { languageOrHeard } from "../pcm-door.ts";
import { BAD_AUDIO, DONE, endingOf, type LineProtocol, type PcmLine } from "../pcm-line.ts";
import { Blobs } from "./blobs.ts";
import { type HandyConfig, readMessage, textMessage } from "./messages.ts";

const MOST_BEAMS = 8;

export class HandyProtocol implements LineProtocol {
  readonly session: SessionPatch;
  readonly #line: PcmLine;
  readonly #every: number;
  #blobs: Blobs | undefined;
  #hasSamples: boolean;
  #language: string | undefined;
  #task: "transcribe" | "translate" = "transcribe";
  #beams = 1;
  #partial = "";
  /** When the next partial is due, though it says nothing new (milliseconds of `performance.now`). */
  #dueAt: number;

  /** `hasSamples`: audio has come already, before it was known whose it is. */
  constructor(line: PcmLine, hasSamples = false) {
    const { language, handy } = line.services.settings;
    this.#line = line;
    this.#hasSamples = hasSamples;
    this.#language = languageOrHeard(language, line.model);
    this.#every = handy.partialEvery;
    this.#dueAt = performance.now() + this.#every;
    this.session = {
      language: this.#language,
      interim: this.#every,
      // What is said grows old also while nobody speaks.
      heardEvery: this.#every,
      endpointing: undefined,
      maxUtterance: undefined,
    };
  }

  text(message: string): void {
    const read = readMessage(message);
    if (read?.type === "stop") this.#line.end(DONE);
    else if (read?.type === "config") this.#configure(read.config);
  }

  bytes(message: Uint8Array): void {
    if (!this.#hasSamples && isWholeContainer(message)) this.#decode(message);
    else if (this.#blobs === undefined) {
      this.#hasSamples = true;
      this.#line.push(message);
      if (performance.now() >= this.#dueAt) this.#tellPartial(this.#latest);
      // A client of files has sent something else.
    } else this.#line.cut(BAD_AUDIO);
  }

  hear(event: SessionEvent): void {
    if (event.type !== "partial" && event.type !== "final") return;
    const text = this.#latest;
    if (text !== this.#partial) this.#tellPartial(text);
  }

  async over(): Promise<void> {
    // Each file has had its final.
    if (this.#blobs) await this.#blobs.done();
    else this.#line.send(textMessage("final", this.#line.spoken.text));
  }

  gone(): void {
    this.#blobs?.abort();
  }

  get #latest(): string {
    return this.#line.spoken.latest(this.#line.services.settings.handy.window);
  }

  /** While audio comes they come at a pace, whether or not there is something new: the original decides with each message. */
  #tellPartial(text: string): void {
    this.#dueAt = performance.now() + this.#every;
    this.#partial = text;
    if (text !== "") this.#line.send(textMessage("partial", text));
  }

  /** What cannot be is passed over: there is no message to say so. */
  #configure({ language, task, beams }: HandyConfig): void {
    const { model, services } = this.#line;
    if (language !== undefined) this.#language = languageOrHeard(language, model);
    if (task !== undefined) this.#task = task === "translate" ? "translate" : "transcribe";
    if (Number.isInteger(beams)) this.#beams = Math.min(MOST_BEAMS, beams as number);
    // Its clients all send 1, with which the original follows 2 in a final: this asks for more, never for fewer than usual.
    const beamSize = Math.max(services.settings.decode.liveBeamSize, this.#beams);
    try {
      this.#line.configure({ language: this.#language, task: this.#task, beamSize });
    } catch {
      this.#task = "transcribe";
    }
  }

  #decode(file: Uint8Array): void {
    this.#blobs ??= new Blobs(this.#line);
    const language = this.#language;
    const beamSize = Math.max(this.#line.services.settings.decode.beamSize, this.#beams);
    void this.#blobs
      .transcribe(file, { task: this.#task, beamSize, ...(language === undefined ? {} : { language }) })
      .then((text) => this.#line.send(textMessage("final", text)))
      .catch((thrown: unknown) => {
        const { code } = toVerbatimError(thrown);
        if (code !== "cancelled") this.#line.cut(endingOf(code));
      });
  }
}
