/** Handy's socket: partials of the last seconds while somebody speaks, one final after `stop`. What goes wrong is a close code. */
import { toVerbatimError } from "../../error.ts";
import type { SessionEvent, SessionPatch } from "../../recognizer/live/events.ts";
import { isWholeContainer } from "../containers.ts";
import { languageOrHeard } from "../pcm-door.ts";
import { BAD_AUDIO, DONE, endingOf, type LineProtocol, type PcmLine } from "../pcm-line.ts";
import { Blobs } from "./blobs.ts";
import { type HandyConfig, readMessage, textMessage } from "./messages.ts";

export class HandyProtocol implements LineProtocol {
  readonly session: SessionPatch;
  readonly #line: PcmLine;
  #blobs: Blobs | undefined;
  #hasSamples: boolean;
  #language: string | undefined;
  #task: "transcribe" | "translate" = "transcribe";
  #partial = "";

  /** `hasSamples`: audio has come already, before it was known whose it is. */
  constructor(line: PcmLine, hasSamples = false) {
    const { language, handy } = line.services.settings;
    this.#line = line;
    this.#hasSamples = hasSamples;
    this.#language = languageOrHeard(language, line.model);
    this.session = {
      language: this.#language,
      interim: handy.partialEvery,
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
      // A client of files has sent something else.
    } else this.#line.cut(BAD_AUDIO);
  }

  hear(event: SessionEvent): void {
    if (event.type !== "partial" && event.type !== "final") return;
    const text = this.#line.spoken.latest(this.#line.services.settings.handy.window);
    if (text === "" || text === this.#partial) return;
    this.#partial = text;
    this.#line.send(textMessage("partial", text));
  }

  async over(): Promise<void> {
    // Each file has had its final.
    if (this.#blobs) await this.#blobs.done();
    else this.#line.send(textMessage("final", this.#line.spoken.text));
  }

  gone(): void {
    this.#blobs?.abort();
  }

  /** What cannot be is passed over: there is no message to say so. */
  #configure({ language, task }: HandyConfig): void {
    const { model } = this.#line;
    if (language !== undefined) this.#language = languageOrHeard(language, model);
    if (task !== undefined) this.#task = task === "translate" ? "translate" : "transcribe";
    try {
      this.#line.configure({ language: this.#language, task: this.#task });
    } catch {
      this.#task = "transcribe";
    }
  }

  #decode(file: Uint8Array): void {
    this.#blobs ??= new Blobs(this.#line);
    const language = this.#language;
    void this.#blobs
      .transcribe(file, { task: this.#task, ...(language === undefined ? {} : { language }) })
      .then((text) => this.#line.send(textMessage("final", text)))
      .catch((thrown: unknown) => {
        const { code } = toVerbatimError(thrown);
        if (code !== "cancelled") this.#line.cut(endingOf(code));
      });
  }
}
