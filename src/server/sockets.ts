/** WebSockets: who may come in, which conversation is led, and how it ends when the server does. */
import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Call } from "../dialects/call.ts";
import type { Conversation, Handshake, Socket, SocketDoor } from "../dialects/socket.ts";
import { toVerbatimError, VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { Cors } from "./cors.ts";
import type { Keys } from "./keys.ts";
import type { ServerState } from "./state.ts";

/** Bytes that may wait for a client. Transcripts are small: who is this far behind does not read. */
const MOST_WAITING = 4 << 20;
/** OpenAI allows 15 MiB of audio in one message, which is 20 MiB in base64. */
const MOST_PAYLOAD = 32 << 20;

export interface SocketParts {
  doors: readonly SocketDoor[];
  keys: Keys;
  cors: Cors;
  state: ServerState;
  log: Log;
}

/** What Bun keeps for a socket. */
interface Line {
  conversation: Conversation;
  call: Call;
  ended: PromiseWithResolvers<number>;
}

/** A handshake that was answered: by an HTTP refusal, or by a socket that is open until `ended` says with which code it closed. */
export type Handshaken = { refused: Response; error: VerbatimError } | { ended: Promise<number> };

export class Sockets {
  readonly #parts: SocketParts;
  readonly #open = new Set<ServerWebSocket<Line>>();

  constructor(parts: SocketParts) {
    this.#parts = parts;
    parts.state.stopping.addEventListener("abort", () => this.#stop(), { once: true });
    parts.state.end.addEventListener("abort", () => this.#cutOff(), { once: true });
  }

  /** How many are open. */
  get count(): number {
    return this.#open.size;
  }

  /** The door that a path leads to, when the request wants to become a socket. */
  door(request: Request, path: string): { door: SocketDoor; route: string } | undefined {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return undefined;
    for (const door of this.#parts.doors)
      for (const route of door.paths) if (matches(route, path)) return { door, route };
    return undefined;
  }

  /** Checks the caller and opens the conversation. `received` is the request as Bun gave it. */
  async shake(
    door: SocketDoor,
    request: Request,
    received: Request,
    call: Call,
    server: Server<unknown>,
  ): Promise<Handshaken> {
    const { keys, cors, state } = this.#parts;
    try {
      cors.checkPage(request);
      Object.assign(call, keys.check(request.headers, door.key?.(request)));
      state.admit();
      const handshake = await door.accept(request, call);
      const line: Line = { conversation: handshake.conversation, call, ended: Promise.withResolvers() };
      if (!server.upgrade(received, { data: line, headers: headersOf(handshake, call) })) {
        throw new VerbatimError("bad-request", "This is no WebSocket handshake.");
      }
      return { ended: line.ended.promise };
    } catch (thrown) {
      const error = toVerbatimError(thrown);
      return { refused: await door.refuse(error, request), error };
    }
  }

  /** Bun's handlers, for all sockets of the server. */
  get handler(): WebSocketHandler<Line> {
    return {
      maxPayloadLength: MOST_PAYLOAD,
      // Pings in between find out whether the other end still exists.
      idleTimeout: 120,
      sendPings: true,
      backpressureLimit: MOST_WAITING,
      perMessageDeflate: false,
      open: (socket) => {
        this.#open.add(socket);
        this.#guard(socket, ({ conversation }) => {
          conversation.opened(lineTo(socket));
          // Its handshake was under way when the server began to stop.
          if (this.#parts.state.stopping.aborted) conversation.stop();
        });
      },
      message: (socket, message) =>
        this.#guard(socket, ({ conversation }) => {
          if (typeof message === "string") conversation.text(message);
          else conversation.bytes(new Uint8Array(message.buffer, message.byteOffset, message.byteLength));
        }),
      close: (socket, code, reason) => {
        this.#open.delete(socket);
        const { conversation, ended } = socket.data;
        try {
          conversation.closed(code, reason);
        } catch (thrown) {
          this.#failed(socket, thrown);
        }
        ended.resolve(code);
      },
    };
  }

  #guard(socket: ServerWebSocket<Line>, act: (line: Line) => void): void {
    try {
      act(socket.data);
    } catch (thrown) {
      this.#failed(socket, thrown);
      socket.close(1011, "Internal server error");
    }
  }

  #failed({ data: { call } }: ServerWebSocket<Line>, thrown: unknown): void {
    this.#parts.log.error("a conversation failed", { request: call.id, route: call.route, error: thrown });
  }

  #stop(): void {
    for (const socket of this.#open) this.#guard(socket, ({ conversation }) => conversation.stop());
  }

  #cutOff(): void {
    for (const socket of this.#open) socket.close(1001, "The server is shutting down");
  }
}

function lineTo(socket: ServerWebSocket<Line>): Socket {
  return {
    send(message) {
      // 0: nothing more fits. Half a conversation is of no use: the client notices a cut.
      if (socket.send(message) === 0 && socket.readyState === WebSocket.OPEN) socket.terminate();
    },
    close: (code, reason) => socket.close(code, reason),
  };
}

function headersOf({ protocol, headers }: Handshake, { id }: Call): Record<string, string> {
  return {
    ...headers,
    "x-request-id": id,
    ...(protocol === undefined ? {} : { "sec-websocket-protocol": protocol }),
  };
}

function matches(route: string, path: string): boolean {
  const wanted = route.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith(":") && given[i] !== ""))
  );
}
