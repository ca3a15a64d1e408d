/** The log of commands whose results a person reads. */
import { type Log, openLog } from "../log/log.ts";
import type { Context } from "./command.ts";

/** What a server tells its operator would only stand between the results, unless it was asked for. */
export function quietLog({ settings: { logFormat: format }, loaded, log }: Context): Log {
  const isAskedFor = loaded.values.get("log-level")?.origin.from !== "default";
  return isAskedFor ? log : openLog({ level: "warn", format });
}
