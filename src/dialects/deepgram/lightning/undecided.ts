/** A stream whose address names something is Deepgram's, unless `start` is the first that its client says: then it is Lightning Whisper MLX's. */
import type { Conversation, Socket } from "../../socket.ts";
import { beginsLightning } from "./control.ts";

/** Begins as one and may become the other, which then has the socket for itself. */
export class Undecided implements Conversation {
  readonly #other: () => Conversation;
  #led: Conversation;
  #socket: Socket | undefined;
  #hasHeard = false;

  constructor(assumed: Conversation, other: () => Conversation) {
    this.#led = assumed;
    this.#other = other;
  }

  opened(socket: Socket): void {
    this.#socket = socket;
    this.#led.opened(socket);
  }

  text(message: string): void {
    if (!this.#hasHeard && beginsLightning(message)) this.#change();
    this.#hasHeard = true;
    this.#led.text(message);
  }

  bytes(message: Uint8Array): void {
    this.#hasHeard = true;
    this.#led.bytes(message);
  }

  closed(code: number, reason: string): void {
    this.#led.closed(code, reason);
  }

  stop(): void {
    this.#led.stop();
  }

  /** Nothing was said yet: the first one is told that its client has gone. */
  #change(): void {
    this.#led.closed(1000, "");
    this.#led = this.#other();
    if (this.#socket) this.#led.opened(this.#socket);
  }
}
