/** How this program starts itself: another of its commands as a process, or one of its files as a thread. */
import { resolve } from "node:path";
import { isExecutable } from "../assets/assets.ts";

/** The command line that runs `verbatim ARGS`: the executable itself, or this Bun with the checkout's main file. */
export function selfCommand(args: readonly string[]): string[] {
  if (isExecutable) return [process.execPath, ...args];
  return [process.execPath, resolve(import.meta.dir, "../main.ts"), ...args];
}

/**
 * Where a Worker's file is, named by its path below src/. In an executable every module's URL is that of the bundle's root, where the
 * extra entry points keep their paths, so `new URL("./worker.ts", import.meta.url)` finds nothing there.
 */
export function selfWorker(file: `${string}worker.ts`): URL {
  return new URL(isExecutable ? `./${file}` : `../${file}`, import.meta.url);
}
