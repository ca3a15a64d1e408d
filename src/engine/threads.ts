/**
 * Who may compute: the threads of all running jobs together never exceed the machine's cores. ggml's threads spin while they wait for
 * each other, so one thread too many costs far more than its share.
 */

/** More threads than this gain nothing on one job: its matrices are too small. */
const MOST_THREADS = 8;

export class ThreadBudget {
  /** Threads that may run at once. */
  readonly total: number;
  /** Jobs that may run at once. */
  readonly jobs: number;
  readonly #perJob: number;
  #threads = 0;
  #running = 0;

  /** `workers` and `threads` are the settings of these names; 0 leaves the choice to us. */
  constructor(cores: number, workers: number, threads: number) {
    this.jobs = workers || (threads > 0 ? Math.max(1, Math.floor(cores / threads)) : cores);
    this.total = threads > 0 ? this.jobs * threads : Math.max(cores, this.jobs);
    this.#perJob = threads;
  }

  /**
   * Threads for the next job, when `waiting` (itself included) could start now; 0: none may start. A lone job takes all idle cores; several share
   * them, because two jobs of one thread finish sooner than the same two in turn with two threads each.
   */
  take(waiting: number): number {
    const free = this.total - this.#threads;
    if (this.#running >= this.jobs || free < Math.max(1, this.#perJob)) return 0;
    const sharing = Math.min(waiting, this.jobs - this.#running);
    const threads = this.#perJob || Math.min(MOST_THREADS, Math.max(1, Math.floor(free / sharing)));
    this.#threads += threads;
    this.#running++;
    return threads;
  }

  giveBack(threads: number): void {
    this.#threads -= threads;
    this.#running--;
  }

  get running(): number {
    return this.#running;
  }

  get threads(): number {
    return this.#threads;
  }
}
