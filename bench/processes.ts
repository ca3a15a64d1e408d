/** The processes of a server, by Linux's own books. */
import { readdirSync, readFileSync } from "node:fs";

/** The processes that one has started. */
export function childrenOf(pid: number): number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.map(Number).filter((one) => parentOf(one) === pid);
}

/** Whether a process is an engine of ours. */
export function isEngine(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`).split("\0").includes("engine");
}

function parentOf(pid: number): number | undefined {
  // The name in brackets may hold spaces; the parent is the second field after it.
  const parent = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Nothing, when there is no such process. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
