/** npm, where it has started this process: it does not pass on the signal that ends it, and what it has started would run on alone. */
import { readFileSync } from "node:fs";
import { interruption } from "../src/commands/interruption.ts";

/** Milliseconds between two looks. */
const INTERVAL = 500;

/** Between npm and a script are a shell, `bun run`, and a second Bun where the first was not the pinned one. */
const GENERATIONS = 5;

/** Linux alone tells this without a program of its own (proc(5)): undefined elsewhere, and when the process is gone. */
function processOf(pid: number): { name: string; parent: number; isAlive: boolean } | undefined {
  try {
    const [, name = "", state = "", parent] =
      /^\d+ \((.*)\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
    return { name, parent: Number(parent), isAlive: !"ZX".includes(state) };
  } catch {
    return undefined;
  }
}

function npmOf(pid: number): number | undefined {
  let ancestor = pid;
  for (let n = 0; n < GENERATIONS; n++) {
    const found = processOf(ancestor);
    if (!found) return undefined;
    if (/^np[mx]\b/.test(found.name)) return ancestor;
    ancestor = found.parent;
  }
  return undefined;
}

const npm = npmOf(process.ppid);

/**
 * From now on the end of npm, where it was there when this module was loaded, is taken for a SIGTERM. A shell's end is not: what is started
 * with `nohup`, `setsid` or `&` has npm in front of it as long as it shall run.
 */
export function endWithNpm(): void {
  if (npm === undefined) return;
  const watch = setInterval(() => {
    if (processOf(npm)?.isAlive) return;
    clearInterval(watch);
    // Ctrl-C at a terminal reaches all of them, and a second signal would cut off what is being finished.
    if (!interruption().aborted) process.kill(process.pid, "SIGTERM");
  }, INTERVAL);
  watch.unref();
}
