/** How this program starts itself for another of its commands. */
import { resolve } from "node:path";
import { isExecutable } from "../assets/assets.ts";

/** The command line that runs `verbatim ARGS`: the executable itself, or this Bun with the checkout's main file. */
export function selfCommand(args: readonly string[]): string[] {
  if (isExecutable) return [process.execPath, ...args];
  return [process.execPath, resolve(import.meta.dir, "../main.ts"), ...args];
}
