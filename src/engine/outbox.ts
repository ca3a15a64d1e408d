/** The engine's way out: whole frames, in order, on stdout. */
import { frameHeader } from "../ipc/frames.ts";

/** Where the frames go: Bun's writer of a file or a pipe. */
type Sink = Pick<Bun.FileSink, "write" | "flush">;

export class Outbox {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  send(type: number, job: number, payload: Uint8Array): void {
    this.#sink.write(frameHeader(type, job, payload.byteLength));
    if (payload.byteLength > 0) this.#sink.write(payload);
    // A server that has gone away closes stdin too, and that is where it is noticed.
    Promise.resolve(this.#sink.flush()).catch(() => {});
  }

  json(type: number, job: number, value: object): void {
    this.send(type, job, new TextEncoder().encode(JSON.stringify(value)));
  }

  /** Resolves when everything so far has left the process. */
  async flush(): Promise<void> {
    await this.#sink.flush();
  }
}
