/** Which jobs are decoded again after their engine died, and which are refused because they may be what kills it. */
import type { Death } from "./process.ts";
import type { Task } from "./task.ts";

/** A fault in the engine while it held the job. */
const FAULT = 2;

/** A kill from outside: it says little about the job, but the kernel's out-of-memory killer looks the same. */
const OUTSIDE = 1;

/** Two faults, or four kills. */
const LIMIT = 2 * FAULT;

/** Marks the jobs that ran when the engine died; `overdue` are those for which we killed it ourselves, and then only they are to blame. */
export function blame(tasks: readonly Task[], death: Death, overdue: ReadonlySet<Task>): void {
  const guilty = overdue.size > 0 ? tasks.filter((task) => overdue.has(task)) : tasks;
  for (const task of guilty) task.strikes += death.fromOutside ? OUTSIDE : FAULT;
}

/** It has died under this job too often to try again. */
export function isRefused(task: Task): boolean {
  return task.strikes >= LIMIT;
}

/** Of several jobs that ran, any may have been the one: until it is known, each runs alone. */
export function isSuspect(task: Task): boolean {
  return task.strikes >= FAULT;
}
