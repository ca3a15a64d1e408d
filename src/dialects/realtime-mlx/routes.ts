/**
 * Realtime MLX STT (github.com/kristofferv98/Realtime_mlx_STT). The page that describes its server puts everything under `/api/v1`; the server
 * itself has no prefix, and differs in places. Both are served: each path as its own description has it.
 */
import { type AnyElysia, Elysia } from "elysia";
import { VerbatimError } from "../../error.ts";
import { failCall } from "../call.ts";
import type { Dialect, Services } from "../dialect.ts";
import { startByItself } from "./auto-start.ts";
import { eventsDoor } from "./conversation.ts";
import { detail } from "./documentation.ts";
import { errorReply, PAGE_PREFIX } from "./errors.ts";
import {
  configureSystem,
  deleteProfile,
  getProfile,
  listProfiles,
  type Manner,
  saveNamedProfile,
  saveProfile,
  startSystem,
  stopSystem,
  systemInfo,
  systemStatus,
} from "./system-routes.ts";
import {
  configure,
  startSession,
  stopNamedSession,
  stopSession,
  transcribe,
  transcriptionStatus,
} from "./transcription-routes.ts";
import { worldOf } from "./world.ts";

export const realtimeMlx: Dialect = {
  name: "realtime-mlx",
  plugin,
  fail: errorReply,
  sockets: (services) => [eventsDoor(() => worldOf(services))],
  start: (services) => void startByItself(worldOf(services)),
  stop: (services) => worldOf(services).stop(),
};

const BASES: readonly [string, Manner][] = [
  [PAGE_PREFIX, "page"],
  ["", "original"],
];

function plugin(services: Services): AnyElysia {
  const app: AnyElysia = new Elysia({ name: "realtime-mlx" }).onError(({ error, request }) =>
    errorReply(failCall(request, error), request),
  );
  for (const [base, manner] of BASES) addRoutes(app, base, manner, services);
  return app;
}

function addRoutes(app: AnyElysia, base: string, manner: Manner, services: Services): void {
  const world = worldOf(services);
  const hide = manner === "original";
  // Bodies are read as streams.
  const about = (which: keyof typeof detail) => ({ parse: "none" as const, detail: { ...detail[which], hide } });
  const system = `${base}/system`;
  app.get(`${system}/status`, () => systemStatus(world), about("status"));
  app.get(`${system}/info`, () => systemInfo(), about("info"));
  app.post(`${system}/start`, ({ request }) => startSystem(request, world, manner), about("start"));
  app.post(`${system}/stop`, () => stopSystem(world, manner), about("stop"));
  app.post(`${system}/config`, ({ request }) => configureSystem(request, world), about("config"));
  app.get(`${system}/profiles`, () => listProfiles(world), about("profiles"));
  app.post(`${system}/profiles`, ({ request }) => saveNamedProfile(request, world, manner), about("save"));
  // A name may hold anything, a slash too: it is looked at where it is used.
  const name = ({ "*": given = "" }: Record<string, string>) => decoded(given);
  app.get(`${system}/profiles/*`, ({ params }) => getProfile(world, name(params), manner), about("profile"));
  app.post(`${system}/profiles/*`, ({ request, params }) => saveProfile(request, world, name(params)), about("save"));
  app.delete(`${system}/profiles/*`, ({ params }) => deleteProfile(world, name(params), manner), about("remove"));

  const transcription = `${base}/transcription`;
  app.post(`${transcription}/configure`, ({ request }) => configure(request, world, manner), about("configure"));
  app.get(
    `${transcription}/status`,
    ({ request }) => transcriptionStatus(request, world),
    about("transcriptionStatus"),
  );
  for (const path of ["sessions", "session/start"])
    app.post(`${transcription}/${path}`, ({ request }) => startSession(request, world, manner), about("startSession"));
  app.delete(
    `${transcription}/sessions/:id`,
    ({ request, params }) => stopSession(request, world, params.id),
    about("stopSession"),
  );
  app.post(`${transcription}/session/stop`, ({ request }) => stopNamedSession(request, world), about("stopSession"));
  for (const path of ["transcribe", "audio"])
    app.post(`${transcription}/${path}`, ({ request }) => transcribe(request, world, manner), about("transcribe"));

  for (const path of KNOWN) app.all(base + path, ({ request }) => notAllowed(request), { parse: "none" });
  for (const path of manner === "page" ? ["/*"] : ["/system/*", "/transcription/*"])
    app.all(base + path, ({ request }) => notFound(request), { parse: "none" });
}

/** What stands in a path, or what it says itself where that cannot be read. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const KNOWN = [
  ...["status", "info", "start", "stop", "config", "profiles", "profiles/*"].map((name) => `/system/${name}`),
  ...["configure", "status", "sessions", "sessions/:id", "session/start", "session/stop", "transcribe", "audio"].map(
    (name) => `/transcription/${name}`,
  ),
];

function notAllowed({ method }: Request): never {
  const cause = new VerbatimError("bad-request", `${method.slice(0, 20)} has no meaning here.`);
  throw new VerbatimError("bad-request", "Method Not Allowed", { reason: "method", cause });
}

function notFound({ url }: Request): never {
  const cause = new VerbatimError("not-found", `There is no ${new URL(url).pathname.slice(0, 200)}.`);
  throw new VerbatimError("not-found", "Not Found", { cause });
}
