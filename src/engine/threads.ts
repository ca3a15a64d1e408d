/**
 * Who may compute: the threads of all running jobs together never exceed the machine's cores. ggml's threads spin while they wait for
 * each other, so one thread too many costs far more than its share.
 */

/** More threads than this gain nothing on one job: its matrices are too small. */
const MOST_THREADS = 8;

export class ThreadBudget {
  /** Threads that may run at once, over all models. */
  readonly total: number;
  /** Jobs that one model may run at once. */
  readonly jobsPerModel: number;
  readonly #perJob: number;
  #taken = 0;

  /** `workers` and `threads` are the settings of these names; 0 leaves the choice to us. */
  constructor(cores: number, workers: number, threads: number) {
    this.jobsPerModel = workers || Math.max(1, Math.floor(cores / Math.max(1, threads)));
    // Who asks for more than there are cores gets it, but no accident does.
    this.total = Math.max(cores, workers * threads, workers, threads);
    this.#perJob = threads;
  }

  /**
   * Threads for the next job, when so many (itself included) could start now; 0: none may. A lone job takes all idle cores; several
   * share them, because two jobs of one thread each are done sooner than the same two in turn with two threads.
   */
  take(startable: number): number {
    const free = this.total - this.#taken;
    if (startable < 1 || free < Math.max(1, this.#perJob)) return 0;
    const threads = this.#perJob || Math.min(MOST_THREADS, Math.max(1, Math.floor(free / startable)));
    this.#taken += threads;
    return threads;
  }

  giveBack(threads: number): void {
    this.#taken -= threads;
  }
}
