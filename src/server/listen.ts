/** Binding addresses, with errors that say what to do. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Server, WebSocketHandler } from "bun";
import type { ListenAddress } from "../config/listen.ts";
import { VerbatimError } from "../error.ts";
import type { Certificate } from "./certificate.ts";

/** What Bun.serve is given. */
export interface Handlers {
  // Nothing is answered when the request has become a socket.
  fetch: (request: Request, server: Server<unknown>) => Promise<Response | undefined>;
  websocket: WebSocketHandler<never>;
}

/** Listens on every address or on none. */
export async function listenOn(
  addresses: readonly ListenAddress[],
  handlers: Handlers,
  tls?: Certificate,
): Promise<Server<unknown>[]> {
  const servers: Server<unknown>[] = [];
  try {
    for (const { host, port } of addresses) servers.push(await bind(host, port, handlers, tls));
  } catch (thrown) {
    await Promise.all(servers.map((server) => server.stop(true)));
    throw thrown;
  }
  return servers;
}

/** `http://127.0.0.1:8080`, as one types it. */
export function urlOf({ hostname, port, protocol }: Server<unknown>): string {
  return `${protocol ?? "http"}://${hostname?.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

async function bind(host: string, port: number, handlers: Handlers, tls?: Certificate): Promise<Server<unknown>> {
  // Bun reports a name without an address as a port in use.
  if (!isIP(host)) {
    const known = await lookup(host).catch(() => undefined);
    if (!known) throw unusable(`The host name ${host} has no address.`);
  }
  try {
    return Bun.serve({
      hostname: host,
      port,
      // Two servers on one port would each get some of the requests.
      reusePort: false,
      // Seconds for a request's head to arrive; http.ts lifts it once there is a request.
      idleTimeout: 30,
      // The limit is ours, so that the answer has the dialect's shape.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      ...handlers,
      ...(tls ? { tls: { cert: tls.cert, key: tls.key } } : {}),
      error: () => new Response("Internal server error\n", { status: 500 }),
    });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      const free = freePort(host, port);
      const cure =
        free === undefined ? "Choose another one with --port." : `Choose another one: --port ${free} is free.`;
      throw new VerbatimError("conflict", `Port ${port} on ${host} is in use by another program. ${cure}`, {
        parameter: "port",
        cause: thrown,
      });
    }
    if (code === "EACCES") throw unusable(`Port ${port} on ${host} is reserved for the system: choose one above 1023.`);
    throw unusable(`Cannot listen on ${host}:${port} (${code ?? String(thrown)}): this machine has no such address.`);
  }
}

function unusable(message: string): VerbatimError {
  return new VerbatimError("bad-parameter", message, { parameter: "host" });
}

/** The next port that nobody listens on. */
function freePort(host: string, port: number): number | undefined {
  for (let next = port + 1; next <= Math.min(65_535, port + 50); next++) {
    try {
      const probe = Bun.serve({ hostname: host, port: next, reusePort: false, fetch: () => new Response() });
      void probe.stop(true);
      return next;
    } catch {}
  }
  return undefined;
}
