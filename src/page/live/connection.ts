/** A conversation with `/v1/listen` that outlives its sockets: a lost connection is made again, and nothing is said twice or lost. */
import { addressOf, newKey, openSocket } from "../server.ts";
import { Backlog } from "./backlog.ts";
import type { Results } from "./captions.ts";

export type ConnectionState = "connecting" | "open" | "waiting" | "closed";

export interface ConnectionListener {
  /** `offset` seconds had been heard when the socket's own time began. */
  results(message: Results, offset: number): void;
  /** The words that were open are lost with the socket; their audio is sent again. */
  broken(): void;
  state(state: ConnectionState): void;
}

/** Milliseconds between attempts; the last one again and again. */
const PAUSES = [250, 500, 1000, 2000, 4000];
/** Milliseconds for the last words after `stop`. */
const FAREWELL = 8000;

export class Connection {
  readonly #query: URLSearchParams;
  readonly #listener: ConnectionListener;
  readonly #backlog: Backlog;
  #socket: WebSocket | undefined;
  #attempts = 0;
  #offset = 0;
  #closed = Promise.withResolvers<void>();
  #stopping = false;

  constructor(parameters: Record<string, string>, rate: number, listener: ConnectionListener) {
    this.#query = new URLSearchParams({
      ...parameters,
      encoding: "linear16",
      sample_rate: String(rate),
      channels: "1",
    });
    this.#listener = listener;
    this.#backlog = new Backlog(rate);
    this.#connect();
  }

  /** Seconds heard since the beginning. */
  get heard(): number {
    return this.#backlog.heard;
  }

  send(pcm: ArrayBuffer): void {
    this.#backlog.add(pcm);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(pcm);
  }

  /** Resolves when the last words have come. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send('{"type":"CloseStream"}');
    else this.#end();
    const timer = setTimeout(() => this.#end(), FAREWELL);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  #connect(): void {
    this.#listener.state("connecting");
    const socket = openSocket(`/v1/listen?${this.#query}`);
    this.#socket = socket;
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      this.#attempts = 0;
      const { from, chunks } = this.#backlog.replay();
      this.#offset = from;
      for (const chunk of chunks) socket.send(chunk);
      this.#listener.state("open");
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data as string) as Results | { type: "Metadata" | "Error" };
      if (message.type !== "Results") return;
      this.#listener.results(message, this.#offset);
      if (message.is_final) this.#backlog.settled(this.#offset + message.start + message.duration);
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      if (this.#stopping) return this.#end();
      this.#listener.broken();
      void this.#again(wasOpen);
    };
  }

  /** A browser does not say why a handshake failed, so the server is asked whether it wants a key. */
  async #again(wasOpen: boolean): Promise<void> {
    this.#listener.state("waiting");
    if (!wasOpen) {
      const answer = await fetch(addressOf("/v1/models")).catch(() => undefined);
      if (answer?.status === 401 && this.#attempts === 0) await newKey();
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(this.#attempts++, PAUSES.length - 1)]));
    if (this.#stopping) this.#end();
    else this.#connect();
  }

  #end(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#listener.state("closed");
    this.#closed.resolve();
  }
}
