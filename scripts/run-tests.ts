/** Runs test files several at a time, each in a fresh global of a `bun test` worker. */
import { availableParallelism } from "node:os";
import { root } from "./setup.ts";

/**
 * Most tests wait: for audio that comes at the pace of speech, for a silence, for a client. More of them than cores keep the cores busy;
 * each may hold a server and its engine, so there is a limit.
 */
const lanes = Math.min(8, availableParallelism() + 2);

/** `paths` are files and folders from the checkout's root, with `./` before them, or options of `bun test`. Ends with its exit code. */
export async function runTests(paths: readonly string[], environment: Record<string, string> = {}): Promise<never> {
  const child = Bun.spawn([process.execPath, "test", "--timeout", "120000", `--parallel=${lanes}`, ...paths], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  process.exit(await child.exited);
}
