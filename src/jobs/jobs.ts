/** The promises of a server: takes jobs in, does them with the runners that dialects give, delivers what comes out. */
import type { Settings } from "../config/table.ts";
import { toVerbatimError, VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { deliver } from "./delivery.ts";
import type { JobResult, JobRunner, NewJob } from "./job.ts";
import type { ClaimedJob, JobStore, StoreSource } from "./store.ts";

/** Jobs done at the same time: the recognizer works on several windows of one, and a second one keeps it busy at the first one's end. */
const RUNNING = 2;
const DELIVERING = 8;
/** A job that was begun so often and never came to an end is taken for what ends the server. */
const MOST_RUNS = 5;
/** Seconds until a job is tried again that the server had no room for. */
const BUSY = 10;
/** Seconds between two looks for what other servers have left. */
const SWEEP = 30;
/** Errors that say nothing about the job itself. */
const LATER: ReadonlySet<string> = new Set(["busy", "loading", "shutting-down", "cancelled"]);

export type JobSettings = Pick<Settings, "privateNetworks"> & {
  jobs: Pick<Settings["jobs"], "retries" | "retryDelay">;
};

type Work = "run" | "deliver";

export class Jobs {
  readonly #source: StoreSource;
  #opened: JobStore | undefined;
  readonly #settings: JobSettings;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #runners = new Map<string, JobRunner>();
  readonly #active = { run: new Set<Promise<void>>(), deliver: new Set<Promise<void>>() };
  readonly #stopping = new AbortController();
  /** Whether the job that is being done wants no other beside it. */
  #isAlone = false;
  #started = false;
  #timer: Timer | undefined;
  #swept = Number.NEGATIVE_INFINITY;
  /** The look for work that is going on, and whether another one is wanted after it. */
  #looking: Promise<void> | undefined;
  #lookAgain = false;

  /** Throws when there is a store and it cannot be read. */
  constructor(source: StoreSource, settings: JobSettings, log: Log, metrics: Metrics) {
    this.#source = source;
    if (source.exists) this.#opened = source.open();
    this.#settings = settings;
    this.#log = log;
    this.#metrics = metrics;
  }

  /** Says who does jobs of a kind; to be called before the start. */
  register(kind: string, runner: JobRunner): void {
    this.#runners.set(kind, runner);
  }

  /** Promises a job: once this resolves it survives the process. */
  async accept(job: NewJob): Promise<void> {
    this.#opened ??= this.#source.open();
    await this.#opened.add(job);
    this.#metrics.jobs.add({ outcome: "accepted" });
    this.#look();
  }

  /** Begins with what is there, and with what an ended process has left. */
  start(): void {
    this.#started = true;
    this.#look();
  }

  /** Ends what is going on; it is taken up again at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new VerbatimError("shutting-down", "The server is shutting down."));
    clearTimeout(this.#timer);
    await this.#looking;
    await Promise.all([...this.#active.run, ...this.#active.deliver]);
    await this.#opened?.close();
  }

  get #store(): JobStore {
    if (this.#opened === undefined) throw new Error("there is no store of jobs yet");
    return this.#opened;
  }

  #look(): void {
    if (!this.#started || this.#opened === undefined || this.#stopping.signal.aborted) return;
    this.#lookAgain = this.#looking !== undefined;
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain) this.#look();
    });
  }

  async #lookOnce(): Promise<void> {
    try {
      if (performance.now() - this.#swept > SWEEP * 1000) await this.#sweep();
      await this.#take("run", RUNNING, (job) => this.#run(job));
      await this.#take("deliver", DELIVERING, (job) => this.#deliver(job));
      const next = (await this.#store.nextDue())?.getTime() ?? Number.POSITIVE_INFINITY;
      const wait = Math.min(SWEEP * 1000, Math.max(0, next - Date.now()));
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), wait);
      // Whoever runs the server keeps it running.
      this.#timer.unref();
    } catch (thrown) {
      // A disk that is full now may have room later; without another look nothing would ever be done again.
      this.#log.error("the jobs cannot be read", { error: thrown });
      this.#timer = setTimeout(() => this.#look(), SWEEP * 1000);
      this.#timer.unref();
    }
  }

  async #sweep(): Promise<void> {
    this.#swept = performance.now();
    const { freed, expired } = await this.#store.sweep();
    if (freed > 0) this.#log.info("jobs of an ended server are taken up again", { jobs: freed });
    if (expired > 0) this.#log.info("old jobs were removed", { jobs: expired });
  }

  /**
   * Takes jobs up while there is room. One during which a server ended is done alone: if it was that job, no other is blamed for it.
   */
  async #take(work: Work, most: number, begin: (job: ClaimedJob) => Promise<void>): Promise<void> {
    const active = this.#active[work];
    while (active.size < most && !this.#stopping.signal.aborted && !(work === "run" && this.#isAlone)) {
      const job = await this.#store.claim(work);
      if (job === undefined) return;
      const isSuspect = work === "run" && job.runs > 1;
      if (isSuspect && active.size > 0) {
        await this.#store.giveBack(job.id, { at: job.accepted, counts: false });
        return;
      }
      if (isSuspect) this.#isAlone = true;
      const task = this.#settled(job, begin);
      active.add(task);
      void task.then(() => {
        active.delete(task);
        if (work === "run") this.#isAlone = false;
        this.#look();
      });
    }
  }

  /** What goes wrong beside a job ends it: it must not stay claimed. */
  async #settled(job: ClaimedJob, begin: (job: ClaimedJob) => Promise<void>): Promise<void> {
    try {
      await begin(job);
    } catch (thrown) {
      this.#log.error("a job broke", { job: job.id, kind: job.kind, error: thrown });
      await this.#fail(job, "Something went wrong inside the server.").catch((error: unknown) =>
        this.#log.error("a job could not be settled", { job: job.id, error }),
      );
    }
  }

  async #run(job: ClaimedJob): Promise<void> {
    const runner = this.#runners.get(job.kind);
    if (runner === undefined) return this.#fail(job, `This server does no jobs of the kind ${job.kind}.`);
    const result = await this.#resultOf(job, runner);
    if (result !== undefined) await this.#store.finish(job.id, result);
  }

  /** What is to be delivered; nothing when the job was put off. */
  async #resultOf(job: ClaimedJob, runner: JobRunner): Promise<JobResult | undefined> {
    const { signal } = this.#stopping;
    try {
      if (job.runs > MOST_RUNS)
        throw new VerbatimError("engine-failed", "The server ended several times while it worked on this request.");
      return await runner.run(job, signal);
    } catch (thrown) {
      const error = toVerbatimError(thrown);
      if (LATER.has(error.code) || signal.aborted) {
        const at = after(signal.aborted ? 0 : (error.retryAfter ?? BUSY));
        await this.#store.giveBack(job.id, { at, note: error.message, counts: false });
        return undefined;
      }
      this.#log.warn("a job failed", { job: job.id, kind: job.kind, error });
      return runner.failed(job, error);
    }
  }

  async #deliver(job: ClaimedJob): Promise<void> {
    const { signal } = this.#stopping;
    const { privateNetworks, jobs } = this.#settings;
    const result = job.result ?? { body: new Uint8Array(), contentType: "application/json" };
    const { outcome, note } = await deliver(result, job.callback, privateNetworks, signal);
    if (outcome === "taken") await this.#ended(job, "delivered");
    else if (outcome === "stopped") await this.#store.giveBack(job.id, { at: after(0), counts: false });
    else if (outcome === "never" || job.deliveries > jobs.retries) await this.#fail(job, note);
    else await this.#store.giveBack(job.id, { at: after(jobs.retryDelay), counts: true, ...(note ? { note } : {}) });
  }

  #fail(job: ClaimedJob, note?: string): Promise<void> {
    return this.#ended(job, "failed", note);
  }

  async #ended(
    { id, kind, runs, deliveries }: ClaimedJob,
    outcome: "delivered" | "failed",
    note?: string,
  ): Promise<void> {
    // Not ours any more: somebody removed it.
    if (!(await this.#store.end(id, outcome, note))) return;
    this.#metrics.jobs.add({ outcome });
    const facts = { job: id, kind, runs, deliveries, ...(note ? { note } : {}) };
    if (outcome === "delivered") this.#log.info("a job's result was delivered", facts);
    else this.#log.warn("a job's result was not delivered", facts);
  }
}

function after(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000);
}
