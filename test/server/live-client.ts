/** A WebSocket client for tests of live audio: it keeps what it hears, and speaks at a pace. */

/** A message from the server. */
export interface Told {
  type: string;
  [field: string]: unknown;
}

interface Words {
  word: string;
  start: number;
  end: number;
  confidence: number;
  punctuated_word?: string;
  speaker?: number;
}

/** A `Results` of Deepgram's. */
export interface Results extends Told {
  channel_index: [number, number];
  start: number;
  duration: number;
  is_final: boolean;
  speech_final: boolean;
  from_finalize: boolean;
  channel: { alternatives: [{ transcript: string; confidence: number; words: Words[] }]; search?: unknown };
  metadata: { request_id: string };
}

/** A `TurnInfo` of Flux. */
export interface TurnInfo extends Told {
  event: string;
  turn_index: number;
  sequence_id: number;
  transcript: string;
  audio_window_start: number;
  audio_window_end: number;
  end_of_turn_confidence: number;
  trigger?: string;
}

export class LiveClient {
  readonly told: Told[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  isClosed = false;
  readonly #socket: WebSocket;
  readonly #opened: Promise<void>;

  constructor(url: string, options?: Bun.WebSocketOptions) {
    this.#socket = new WebSocket(url.replace("http", "ws"), options);
    this.#socket.onmessage = ({ data }) => this.told.push(JSON.parse(data as string));
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = ({ code, reason }) => {
        this.isClosed = true;
        resolve({ code, reason });
      };
    });
    this.#opened = new Promise((resolve) => {
      this.#socket.onopen = () => resolve();
    });
  }

  async open(): Promise<this> {
    await this.#opened;
    return this;
  }

  /** The subprotocol that the server chose. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  get results(): Results[] {
    return this.told.filter((one): one is Results => one.type === "Results");
  }

  get finals(): Results[] {
    return this.results.filter(({ is_final }) => is_final);
  }

  get turns(): TurnInfo[] {
    return this.told.filter((one): one is TurnInfo => one.type === "TurnInfo");
  }

  /** What was finally said on a channel. */
  text(channel = 0): string {
    return this.finals
      .filter(({ channel_index }) => channel_index[0] === channel)
      .map((one) => one.channel.alternatives[0].transcript)
      .join(" ");
  }

  tell(message: object | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  /** Sends audio in pieces, so many bytes of it a second; 0: as fast as it goes. */
  async speak(bytes: Uint8Array, { piece = 3200, rate = 0 } = {}): Promise<void> {
    const began = performance.now();
    for (let at = 0; at < bytes.length; at += piece) {
      this.send(bytes.slice(at, at + piece));
      const ahead = rate === 0 ? 0 : ((at + piece) / rate) * 1000 - (performance.now() - began);
      if (ahead > 0) await Bun.sleep(ahead);
    }
  }

  /** The first message that is so; waits for it. */
  async hear(isSo: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const found = this.told.find(isSo);
      if (found) return found;
      if (this.isClosed) throw new Error(`The socket closed before; told: ${JSON.stringify(this.told).slice(-1000)}`);
      await Bun.sleep(5);
    }
  }

  /** Goes away, without a word or with a code. */
  leave(code?: number): void {
    if (code === undefined) this.#socket.terminate();
    else this.#socket.close(code);
  }
}
