/** The server as its owner sees it: start it, say when its models are there, stop it. */
import type { WebSocketHandler } from "bun";
import { isLoopback, listenAddresses } from "../config/listen.ts";
import { readApiKeys } from "../config/secrets.ts";
import type { Dialect, Services } from "../dialects/dialect.ts";
import { VerbatimError } from "../error.ts";
import { createApp } from "./app.ts";
import { Cors } from "./cors.ts";
import { httpHandler } from "./http.ts";
import { Keys } from "./keys.ts";
import { listenOn, urlOf } from "./listen.ts";
import { Sockets } from "./sockets.ts";
import { ServerState } from "./state.ts";
import { openTls } from "./tls.ts";

/** For the last bytes of the last answer. */
const FLUSH_MS = 1000;

export interface VerbatimServer {
  /** Where it listens, the first address first. */
  urls: string[];
  /** The file of its certificate, when no authority vouches for that. */
  selfSigned?: string;
  state: ServerState;
  /** Takes no new work, lets what runs finish within the settings' time, then closes. */
  stop(): Promise<void>;
}

/** Starts listening. Rejects when an address cannot be used, or when it would be open to other machines by accident. */
export async function startServer(
  services: Services,
  dialects: readonly Dialect[],
  version: string,
): Promise<VerbatimServer> {
  const { settings, log, metrics } = services;
  const { basePath } = settings;
  const addresses = listenAddresses(settings);
  const keys = new Keys(readApiKeys(settings), services.grants);
  const hosts = addresses.map(({ host }) => host);
  refuseOpenDoors(hosts, keys, settings.allowOpen);
  const tls = openTls(settings, hosts, log);
  for (const { dialect } of addresses)
    if (dialect !== undefined && !dialects.some(({ name }) => name === dialect))
      throw new VerbatimError(
        "bad-parameter",
        `listen: there is no dialect ${dialect}. Known: ${dialects.map(({ name }) => name).join(", ")}.`,
        {
          parameter: "listen",
        },
      );
  const state = new ServerState();
  const cors = new Cors(settings.corsOrigins, keys.wanted);
  const doors = dialects.flatMap((dialect) => dialect.sockets?.(services) ?? []);
  const sockets = new Sockets({ doors, keys, cors, state, log });
  const app = createApp({ services, dialects, keys, cors, state, sockets, version });
  state.stopping.addEventListener("abort", () => {
    for (const dialect of dialects) state.track(dialect.stop?.(services) ?? Promise.resolve());
  });
  const handlers = {
    fetch: httpHandler({ app, sockets, cors, state, log, metrics, ...(basePath === undefined ? {} : { basePath }) }),
    websocket: sockets.handler as WebSocketHandler<never>,
  };
  const servers = await listenOn(addresses, handlers, tls);
  return {
    urls: servers.map(urlOf),
    ...(tls?.selfSigned === undefined ? {} : { selfSigned: tls.selfSigned }),
    state,
    async stop() {
      await state.stop(settings.shutdownTimeout);
      await Promise.race([Promise.all(servers.map((server) => server.stop())), Bun.sleep(FLUSH_MS)]);
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };
}

function refuseOpenDoors(hosts: readonly string[], keys: Keys, allowOpen: boolean): void {
  const open = hosts.find((host) => !isLoopback(host));
  if (open === undefined || keys.wanted || allowOpen) return;
  throw new VerbatimError(
    "bad-parameter",
    `${open} can be reached from other machines and no API key is set. Set VERBATIM_API_KEYS or api-keys-file, or start with --allow-open.`,
    { parameter: "allow-open" },
  );
}
