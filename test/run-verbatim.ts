/** Runs this program as a person does: as a process of its own, with a home of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { selfCommand } from "../src/ipc/self.ts";

/** The command line that runs the program under test: the checkout, or the executable that VERBATIM_TEST_BINARY names. */
export function programCommand(args: readonly string[]): string[] {
  const executable = process.env.VERBATIM_TEST_BINARY;
  return executable ? [executable, ...args] : selfCommand(args);
}

interface Outcome {
  code: number;
  out: string;
  err: string;
}

export interface Home extends Disposable {
  /** Where its cache, data and settings go. */
  folder: string;
  start(args: readonly string[], environment?: Record<string, string>): Bun.Subprocess<"ignore", "pipe", "pipe">;
  run(args: readonly string[], environment?: Record<string, string>): Promise<Outcome>;
}

/** An empty home; nothing of this machine's own settings reaches what runs there. */
export function openHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), "verbatim-home-"));
  const start: Home["start"] = (args, environment = {}) =>
    Bun.spawn(programCommand(args), {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        XDG_CACHE_HOME: join(folder, "cache"),
        XDG_DATA_HOME: join(folder, "data"),
        XDG_CONFIG_HOME: join(folder, "config"),
        ...environment,
      },
    });
  return {
    folder,
    start,
    async run(args, environment) {
      const child = start(args, environment);
      const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
      return { code, out, err };
    },
    [Symbol.dispose]: () => rmSync(resolve(folder), { recursive: true, force: true }),
  };
}
