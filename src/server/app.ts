/** The Elysia app: shared routes, then keys and admission, then the dialects. */
import { type AnyElysia, Elysia } from "elysia";
import { callOf } from "../dialects/call.ts";
import type { Dialect, Services } from "../dialects/dialect.ts";
import { VerbatimError } from "../error.ts";
import type { Cors } from "./cors.ts";
import { docs } from "./docs.ts";
import { onSharedError } from "./errors.ts";
import type { Keys } from "./keys.ts";
import { metricsRoute, publicRoutes } from "./shared.ts";
import { sharedPaths } from "./shared-paths.ts";
import type { Sockets } from "./sockets.ts";
import type { ServerState } from "./state.ts";

export interface AppParts {
  services: Services;
  dialects: readonly Dialect[];
  keys: Keys;
  cors: Cors;
  state: ServerState;
  sockets: Sockets;
  version: string;
}

/** Puts the routes together. In Elysia a hook holds for the routes that come after it, so the order here is the meaning. */
export function createApp({ services, dialects, keys, cors, state, sockets, version }: AppParts): AnyElysia {
  const app: AnyElysia = new Elysia({ name: "verbatim" })
    .onBeforeHandle(({ request, route }) => {
      callOf(request).route = route;
    })
    .use(publicRoutes(services, { state, sockets, version }))
    .use(docs(() => app, version))
    .use(sharedPaths(dialects, services, true))
    .onBeforeHandle(({ request }) => {
      cors.checkRequest(request);
      const call = callOf(request);
      Object.assign(call, keys.check(request.headers));
    })
    .use(metricsRoute(services))
    .onBeforeHandle(() => state.admit())
    .use(sharedPaths(dialects, services, false));
  for (const dialect of dialects) app.use(dialect.plugin(services));
  // Each plugin shapes the errors of its own routes; what is left is a path that nobody has.
  return app.onError(({ code, error, request }) =>
    onSharedError({ error: code === "NOT_FOUND" ? unknownPath(request) : error, request }),
  );
}

function unknownPath({ method, url }: Request): VerbatimError {
  return new VerbatimError("not-found", `Invalid URL (${method} ${new URL(url).pathname.slice(0, 200)})`);
}
