import type { AnyElysia } from "elysia";
import type { Settings } from "../config/table.ts";
import type { Engines } from "../engine/engines.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Recognizer } from "../recognizer/recognizer.ts";
import type { Spool } from "./spool.ts";

/** What the server lends its dialects. */
export interface Services {
  settings: Settings;
  log: Log;
  metrics: Metrics;
  recognizer: Recognizer;
  engines: Engines;
  spool: Spool;
}

/** A protocol that people already speak: a name and an Elysia plugin that shapes its own errors. */
export interface Dialect {
  name: string;
  plugin(services: Services): AnyElysia;
}
