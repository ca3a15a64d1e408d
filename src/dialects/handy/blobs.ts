/** Whole recordings that come over the socket, one after the other: each is a file to the recognizer. */
import { VerbatimError } from "../../error.ts";
import type { TranscribeOptions } from "../../recognizer/recognizer.ts";
import { channelText } from "../../text/plain.ts";
import type { PcmLine } from "../pcm-line.ts";

type Asked = Pick<TranscribeOptions, "task" | "language" | "beamSize">;

/** Recordings that may wait: who sends more does not wait for answers. */
const MOST_WAITING = 8;

export class Blobs {
  readonly #line: PcmLine;
  readonly #gone = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(line: PcmLine) {
    this.#line = line;
  }

  /** The text of a recording. */
  transcribe(bytes: Uint8Array, asked: Asked): Promise<string> {
    if (this.#waiting >= MOST_WAITING)
      return Promise.reject(new VerbatimError("busy", "Too many recordings wait on this connection."));
    this.#waiting++;
    const text = this.#turn.then(() => this.#text(bytes, asked));
    this.#turn = text.catch(() => {}).finally(() => this.#waiting--);
    return text;
  }

  /** Resolves when all texts are known. */
  async done(): Promise<void> {
    await this.#turn;
  }

  abort(): void {
    this.#gone.abort();
  }

  async #text(bytes: Uint8Array, asked: Asked): Promise<string> {
    const { services, call, model } = this.#line;
    const { recognizer, metrics } = services;
    const options = { ...asked, model, words: false, segments: false, channels: "mono", client: call.client } as const;
    for await (const event of recognizer.transcribe({ bytes }, options, this.#gone.signal)) {
      if (event.type !== "transcript") continue;
      const { channels, duration } = event.transcript;
      metrics.audioSeconds.add({ dialect: "handy", model: model.id }, duration);
      const [channel] = channels;
      return channel ? channelText(channel) : "";
    }
    throw new Error("the recognizer ended without a transcript");
  }
}
