/**
 * Who may compute: the threads of all running jobs together never exceed the machine's cores. ggml's threads spin while they wait for
 * each other, so one thread too many costs far more than its share.
 */

import { cpus, loadavg } from "node:os";

/** More threads than this gain nothing on one job: its matrices are too small. */
const MOST_THREADS = 8;

/**
 * Threads of all programs that want to run, for each of the machine's CPUs: with more, a job has one thread. Two wait for each other at
 * hundreds of barriers, and each time for as long as other programs keep the core of the one that is late: at a load of 24 on two cores they took
 * 2.5 times as long as one thread (95 %: 4.3 times), where alone they take 0.55 times as long.
 */
const CROWDED = 2;

export class ThreadBudget {
  /** Threads that may run at once, over all models. */
  readonly total: number;
  /** Jobs that one model may run at once. */
  readonly jobsPerModel: number;
  readonly #perJob: number;
  readonly #crowding: () => number;
  #taken = 0;

  /** `workers` and `threads` are the settings of these names; 0 leaves the choice to us. `crowding`: threads that want to run, for each CPU. */
  constructor(cores: number, workers: number, threads: number, crowding = machineCrowding()) {
    this.#crowding = crowding;
    this.jobsPerModel = workers || Math.max(1, Math.floor(cores / Math.max(1, threads)));
    // Who asks for more than there are cores gets it, but no accident does.
    this.total = Math.max(cores, workers * threads, workers, threads);
    this.#perJob = threads;
  }

  /**
   * Threads for the next job, when so many (itself included) could start now; 0: none may. A lone job takes all idle cores; several
   * share them, because two jobs of one thread each are done sooner than the same two in turn with two threads. So do those on a machine that
   * others keep busy.
   */
  take(startable: number): number {
    const free = this.total - this.#taken;
    if (startable < 1 || free < Math.max(1, this.#perJob)) return 0;
    const most = this.#crowding() > CROWDED ? 1 : MOST_THREADS;
    const threads = this.#perJob || Math.min(most, Math.max(1, Math.floor(free / startable)));
    this.#taken += threads;
    return threads;
  }

  giveBack(threads: number): void {
    this.#taken -= threads;
  }
}

/** The load is that of the whole machine, also where a container may use a part of it. Windows tells none. */
function machineCrowding(): () => number {
  const count = Math.max(1, cpus().length);
  return () => (loadavg()[0] ?? 0) / count;
}
