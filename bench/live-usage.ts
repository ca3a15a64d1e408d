/** What processes take: CPU time and memory, by Linux's own books. */
import { readFileSync } from "node:fs";

/** Clock ticks of /proc per second: 100 on every Linux that Bun runs on. */
const TICKS = 100;

function bookOf(pid: number, book: string): string {
  try {
    return readFileSync(`/proc/${pid}/${book}`, "utf8");
  } catch {
    return "";
  }
}

/** Seconds of CPU time so far, of all threads. */
export function cpuSeconds(pid: number): number {
  // The name in brackets may hold spaces; user and system time are the 12th and 13th field after it.
  const fields = bookOf(pid, "stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
}

/** Bytes in memory; pages that several processes share count in part for each (PSS). */
export function memoryBytes(pid: number): number {
  return 1024 * Number(/^Pss:\s+(\d+)/m.exec(bookOf(pid, "smaps_rollup"))?.[1] ?? 0);
}

export interface Usage {
  /** CPU time over wall time: 1 is one core. */
  server: number;
  engines: number;
  /** The most bytes at one time, of all processes together, and of the server's alone. */
  memory: number;
  serverMemory: number;
}

/** Watches this process and those of the engines until it is asked. */
export function watchUsage(enginePids: () => number[]): () => Usage {
  const began = performance.now();
  const pids = enginePids();
  const spent = () => ({ server: cpuSeconds(process.pid), engines: sum(pids.map(cpuSeconds)) });
  const before = spent();
  let memory = 0;
  let serverMemory = 0;
  const look = () => {
    const own = memoryBytes(process.pid);
    serverMemory = Math.max(serverMemory, own);
    memory = Math.max(memory, own + sum(pids.map(memoryBytes)));
  };
  look();
  // Reading the book of a large process takes a millisecond: not often.
  const timer = setInterval(look, 5000);
  return () => {
    clearInterval(timer);
    look();
    const seconds = (performance.now() - began) / 1000;
    const after = spent();
    return {
      server: (after.server - before.server) / seconds,
      engines: (after.engines - before.engines) / seconds,
      memory,
      serverMemory,
    };
  };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
