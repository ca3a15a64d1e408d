/** The jobs that one engine is decoding, how long they have taken, and which of them may be what kills it. */
import { blame, isSuspect } from "./blame.ts";
import type { Death } from "./process.ts";
import type { Patience } from "./settings.ts";
import type { Task } from "./task.ts";

export class RunningJobs {
  readonly #limit: number;
  readonly #patience: Patience;
  readonly #tasks = new Map<number, Task>();
  /** Jobs under which the engine has died, and that are not settled yet. */
  readonly #suspects = new Set<Task>();
  readonly #overdue = new Set<Task>();
  /** Milliseconds that the slowest answered job has taken. */
  #slowest = 0;
  #whenIdle: (() => void)[] = [];

  constructor(limit: number, patience: Patience) {
    this.#limit = limit;
    this.#patience = patience;
  }

  get size(): number {
    return this.#tasks.size;
  }

  has(task: Task): boolean {
    return this.#tasks.has(task.id);
  }

  /** How many more could run beside these. */
  get room(): number {
    const limit = this.#suspects.size > 0 ? 1 : this.#limit;
    return Math.max(0, limit - this.#tasks.size);
  }

  /** While there are suspects, they are let in alone, one after another. */
  accepts(task: Task): boolean {
    return this.room > 0 && (this.#suspects.size === 0 || this.#suspects.has(task));
  }

  begin(task: Task): void {
    task.started = performance.now();
    task.age = 0;
    this.#tasks.set(task.id, task);
  }

  /** A job runs no longer; the answer is undefined when it is none of ours. Only one that was decoded to its end shows how long that takes. */
  end(id: number, wasDecoded: boolean): Task | undefined {
    const task = this.#tasks.get(id);
    if (!task) return undefined;
    this.#tasks.delete(id);
    this.forgive(task);
    if (wasDecoded) this.#slowest = Math.max(this.#slowest, performance.now() - task.started);
    this.#tellIdle();
    return task;
  }

  /** Nobody waits for this job any more, so nothing needs to be known about it. */
  forgive(task: Task): void {
    this.#suspects.delete(task);
  }

  /** The process is gone, and with it everything that ran: the answer is what that was, in order. */
  died(death: Death): Task[] {
    const tasks = [...this.#tasks.values()];
    blame(tasks, death, this.#overdue);
    this.#overdue.clear();
    this.#tasks.clear();
    for (const task of tasks) if (isSuspect(task)) this.#suspects.add(task);
    this.#tellIdle();
    return tasks;
  }

  /** Ages what runs. The answer is the limit in seconds when a job has passed it: then the process must be wedged. */
  passedLimit(elapsed: number): number | undefined {
    const { firstJob, job, slowdown } = this.#patience;
    const limit = this.#slowest === 0 ? firstJob : Math.max(job, slowdown * this.#slowest);
    for (const task of this.#tasks.values()) {
      task.age += elapsed;
      if (task.age > limit) this.#overdue.add(task);
    }
    return this.#overdue.size > 0 ? limit / 1000 : undefined;
  }

  /** Tells the callers of all of them that they will get no words. */
  rejectAll(error: Parameters<Task["reject"]>[0]): void {
    for (const task of this.#tasks.values()) task.reject(error);
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    if (this.#tasks.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #tellIdle(): void {
    if (this.#tasks.size > 0) return;
    for (const tell of this.#whenIdle.splice(0)) tell();
  }
}
