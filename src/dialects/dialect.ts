import type { AnyElysia } from "elysia";
import type { Capture } from "../audio/capture.ts";
import type { Settings } from "../config/table.ts";
import type { Engines } from "../engine/engines.ts";
import type { VerbatimError } from "../error.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Recognizer } from "../recognizer/recognizer.ts";
import type { WakeWordDetector } from "../wakeword/wakeword.ts";
import type { Grants } from "./grants.ts";
import type { SocketDoor } from "./socket.ts";
import type { Spool } from "./spool.ts";

/** What the server lends its dialects. */
export interface Services {
  settings: Settings;
  log: Log;
  metrics: Metrics;
  recognizer: Recognizer;
  engines: Engines;
  spool: Spool;
  grants: Grants;
  /** For what is promised: a dialect registers its runners in its plugin. */
  jobs: Jobs;
  /** What this machine hears: its microphone, or what the settings put in its place. */
  capture(): Promise<Capture>;
  /** One for all, started when it is first asked for. */
  wakeWords(): Promise<WakeWordDetector>;
}

/** A GET path that several dialects have. */
export interface SharedPath {
  /** This dialect's fields of the answer. What it throws counts only where nobody else has an answer. `rest` is what follows the path's `/*`. */
  answer(request: Request, rest: string): Promise<object> | object;
  /** The shape of its errors on this path, where it is not that of the whole dialect. */
  fail?(error: VerbatimError, request: Request): Response;
  /** Anyone may ask, as for `/health`: it is for machines that look whether the server lives. */
  open?: true;
  /** Headers that this dialect's answers have. */
  headers?(request: Request): Readonly<Record<string, string>>;
  /** For the API's description. */
  detail?: object;
}

/** A protocol that people already speak. */
export interface Dialect {
  name: string;
  /** Its routes, which shape their own errors. */
  plugin(services: Services): AnyElysia;
  /** The shape of its errors. */
  fail(error: VerbatimError, request: Request): Response;
  sockets?(services: Services): readonly SocketDoor[];
  /** The server is ready: begins what runs without a request. */
  start?(services: Services): void;
  /** The server stops: ends what runs without a request, within the server's time to stop. */
  stop?(services: Services): Promise<void>;
  /** Paths that other dialects have too: the answer is the union of all their fields, and so is a failure, with the status of the first dialect that has the path. */
  shared?(services: Services): Readonly<Record<string, SharedPath>>;
}
