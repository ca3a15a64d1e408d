/** Around every request, before it is routed and after it is answered: its id, its signal, CORS, the log line, the metrics. */
import type { Server } from "bun";
import type { AnyElysia } from "elysia";
import { beginCall, type Call, endCall } from "../dialects/call.ts";
import type { Log } from "../log/log.ts";
import { requestId } from "../log/request-id.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Cors } from "./cors.ts";
import type { Sockets } from "./sockets.ts";
import type { ServerState } from "./state.ts";

export interface HttpParts {
  app: AnyElysia;
  sockets: Sockets;
  cors: Cors;
  state: ServerState;
  log: Log;
  metrics: Metrics;
  /** Path that may stand before every path. */
  basePath?: string;
}

/** Clients may invent methods; a label may not take them. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** Asked every few seconds by machines. */
const QUIET = new Set(["/health", "/ready", "/metrics"]);

/** Bun.serve's `fetch` for the whole server. */
export function httpHandler(
  parts: HttpParts,
): (request: Request, server: Server<unknown>) => Promise<Response | undefined> {
  const { app, sockets, cors, state, basePath = "" } = parts;
  return async function answer(received, server) {
    const started = performance.now();
    // A transcription writes nothing for minutes. The upload reader has a limit of its own for clients that stop half-way.
    server.timeout(received, 0);
    const request = withPlainPath(received, basePath);
    const call: Call = {
      id: requestId(received.headers.get("x-request-id")),
      client: `address:${server.requestIP(received)?.address ?? "unknown"}`,
      signal: AbortSignal.any([received.signal, state.end]),
      facts: {},
    };
    beginCall(request, call);
    const { promise, resolve } = Promise.withResolvers<void>();
    state.track(promise);
    const finish = (status: number) => {
      endCall(call);
      note(parts, request, call, status, (performance.now() - started) / 1000);
      resolve();
    };
    try {
      const upgrade = sockets.door(request, new URL(request.url).pathname);
      if (upgrade) {
        call.route = upgrade.route;
        const shaken = await sockets.shake(upgrade.door, request, received, call, server);
        if ("ended" in shaken) {
          void shaken.ended.then((code) => {
            call.facts.close = code;
            finish(101);
          });
          return undefined;
        }
        call.error = shaken.error;
        shaken.refused.headers.set("x-request-id", call.id);
        cors.apply(request, shaken.refused);
        finish(shaken.refused.status);
        return shaken.refused;
      }
      const response = cors.preflight(request) ?? toFolder(received, basePath) ?? (await app.fetch(request));
      response.headers.set("x-request-id", call.id);
      if (response.status === 401) response.headers.set("www-authenticate", "Bearer");
      cors.apply(request, response);
      void (call.streaming ?? Promise.resolve()).then(() => finish(response.status));
      return response;
    } catch (thrown) {
      endCall(call);
      resolve();
      parts.log.error("a request was not answered", { request: call.id, error: thrown });
      throw thrown;
    }
  };
}

/** The page's addresses are relative, so that they hold below any folder; a browser that asks for the folder without its slash is sent there. */
function toFolder({ url, method, headers }: Request, basePath: string): Response | undefined {
  const { pathname, search } = new URL(url);
  if (basePath === "" || pathname !== basePath || method !== "GET" || !headers.get("accept")?.includes("text/html"))
    return undefined;
  return new Response(null, { status: 308, headers: { location: `${basePath}/${search}` } });
}

/** Elysia looks for the path from here on in a URL: with a shorter host, `http://stt/v1/x`, it would lose the path's beginning. */
const SHORTEST_ORIGIN = 11;

/** What is routed. A base URL that ends in a slash, joined with a path that begins with one, is a common mistake: `//` means `/`. */
function withPlainPath(request: Request, basePath: string): Request {
  const { url } = request;
  const path = url.indexOf("/", url.indexOf("://") + 3);
  const query = url.indexOf("?", path);
  const end = query < 0 ? url.length : query;
  const double = url.indexOf("//", path);
  const isDoubled = double >= 0 && double < end;
  const isBased = basePath !== "" && url.startsWith(basePath, path);
  if (!isDoubled && !isBased && path >= SHORTEST_ORIGIN) return request;
  const origin = path < SHORTEST_ORIGIN ? "http://localhost" : url.slice(0, path);
  const plain = url.slice(path, end).replace(/\/{2,}/g, "/");
  const rest = plain === basePath ? "/" : plain.startsWith(`${basePath}/`) ? plain.slice(basePath.length) : plain;
  return new Request(origin + rest + url.slice(end), request);
}

function note({ log, metrics }: HttpParts, request: Request, call: Call, status: number, seconds: number): void {
  const method = METHODS.has(request.method) ? request.method : "OTHER";
  const route = call.route ?? "unmatched";
  metrics.httpRequests.add({ route, method, status: String(status) });
  metrics.httpSeconds.observe({ route }, seconds);
  const fields = {
    request: call.id,
    method,
    route,
    // What a client invents goes to the log, never to a metric's label.
    ...(call.route === undefined ? { path: new URL(request.url).pathname.slice(0, 200) } : {}),
    status,
    seconds: Math.round(seconds * 1000) / 1000,
    client: call.client,
    ...call.facts,
    ...(call.error ? { error: status >= 500 ? call.error : call.error.code } : {}),
  };
  if (QUIET.has(route)) log.debug("request", fields);
  else if (status >= 500 && call.error?.code !== "shutting-down") log.error("request failed", fields);
  else log.info("request", fields);
}
