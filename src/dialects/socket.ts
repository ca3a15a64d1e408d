/** WebSockets as dialects see them: no framework, no Bun type. */
import type { VerbatimError } from "../error.ts";
import type { Call } from "./call.ts";

/** The client's end of the line. */
export interface Socket {
  /** Queues a message. A client that reads too slowly is cut off, never waited for; what is said after that is lost. */
  send(message: string | Uint8Array): void;
  /** Ends the conversation after what was sent. */
  close(code?: number, reason?: string): void;
}

/**
 * One conversation. What its methods throw is logged and closes the socket with 1011. Before `opened` it holds nothing that must be given back:
 * a client may be gone before the handshake is answered, and then nothing more is said to it.
 */
export interface Conversation {
  opened(socket: Socket): void;
  text(message: string): void;
  /** The bytes belong to the receiver. */
  bytes(message: Uint8Array): void;
  /** The client is gone, or has been sent away: nothing can be said any more. Called once, after `opened`. */
  closed(code: number, reason: string): void;
  /** The server stops: say what is still to be said and close; after the server's deadline it is cut off with 1001. */
  stop(): void;
}

export interface Handshake {
  conversation: Conversation;
  /** The subprotocol that was chosen among the client's. */
  protocol?: string;
  headers?: Readonly<Record<string, string>>;
}

/**
 * The key in the address: web pages can set no header of a socket, and clients of servers that never asked for one know no subprotocol. Proxies
 * write addresses to their logs, so only those protocols take it.
 */
export function keyInAddress({ url }: Request): string | undefined {
  const { searchParams } = new URL(url);
  return searchParams.get("token") || searchParams.get("access_token") || undefined;
}

/** Paths on which a dialect takes sockets. */
export interface SocketDoor {
  /** Whole paths, with single slashes; `:name` stands for any one segment. */
  paths: readonly string[];
  /** The key in another place than the request's headers, where this protocol's clients have one. */
  key?(request: Request): string | undefined;
  /** Reads the request; what it throws refuses the handshake. The caller's key has been checked by then. */
  accept(request: Request, call: Call): Handshake | Promise<Handshake>;
  /** The HTTP answer to a handshake that is refused. */
  refuse(error: VerbatimError, request: Request): Response | Promise<Response>;
}
