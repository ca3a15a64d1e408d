/** The protocol of Handy's realtime server: one socket, and nothing else. */
import { type AnyElysia, Elysia } from "elysia";
import type { VerbatimError } from "../../error.ts";
import type { Dialect } from "../dialect.ts";
import { type LineDialect, pcmDoor } from "../pcm-door.ts";
import { HandyProtocol } from "./protocol.ts";

export const handy: Dialect = {
  name: "handy",
  plugin: (): AnyElysia => new Elysia({ name: "handy" }),
  fail,
  sockets: (services) => [pcmDoor(services, ["/handy/ws"], () => handyLine, fail)],
};

/** How a socket of this protocol is begun. */
export const handyLine: LineDialect = { name: "handy", open: (line) => new HandyProtocol(line) };

/** Its server never answered a handshake with more than a status. */
function fail({ code, message }: VerbatimError): Response {
  const status = { busy: 429, unauthorized: 401, loading: 503, "shutting-down": 503 }[code as string] ?? 403;
  return Response.json({ detail: message }, { status });
}
