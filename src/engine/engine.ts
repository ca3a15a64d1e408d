/** One model's engine over the lives of its processes: loaded, kept busy, started again after a crash, unloaded. */
import { VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import { engineArguments } from "./arguments.ts";
import { isRefused } from "./blame.ts";
import type { ModelFacts } from "./job.ts";
import { type Death, EngineProcess } from "./process.ts";
import { RunningJobs } from "./running.ts";
import type { EngineSettings, Patience } from "./settings.ts";
import type { Task } from "./task.ts";
import type { Choice, Variants } from "./variants.ts";
import type { Failed, Ready } from "./wire.ts";

export type EngineState = "stopped" | "loading" | "ready" | "unloading";

/** Why a model leaves memory. */
export type UnloadReason = "idle" | "memory" | "request";

/** What an engine needs of the scheduler that owns it. */
export interface Host {
  /** Resolves when there is memory for the model; rejects when there will be none. */
  makeRoom(engine: Engine): Promise<void>;
  hasQueued(engine: Engine): boolean;
  /** A job runs no longer; with `seconds` of work when it was answered with words. */
  stopped(task: Task, seconds?: number): void;
  /** Jobs that have to run again, before any other. */
  again(tasks: readonly Task[]): void;
  /** What waits for this model will not be answered. */
  cannotLoad(engine: Engine, error: VerbatimError): void;
  /** Something may start that could not before. */
  changed(): void;
}

/** What all engines of a program share. */
export interface Surroundings {
  settings: EngineSettings;
  variants: Variants;
  patience: Patience;
  log: Log;
  metrics: Metrics;
  /** Jobs that one model runs at once. */
  jobsPerModel: number;
  host: Host;
}

/** An engine that dies this often while it loads is not started again until somebody asks for it. */
const LOAD_ATTEMPTS = 3;

/** What an engine takes, before it is known: the program, the weights, and one state, which grows with them. */
const PROGRAM_BYTES = 150e6;
const WEIGHTS_FACTOR = 1.25;

export class Engine {
  readonly model: InstalledModel;
  restarts = 0;
  /** Unix time in milliseconds. */
  lastUsed = Date.now();
  /** Whether its memory is spoken for: the host sets it when there is room. */
  hasRoom = false;
  readonly #around: Surroundings;
  readonly #log: Log;
  readonly #jobs: RunningJobs;
  #process: EngineProcess | undefined;
  #facts: Promise<ModelFacts> | undefined;
  #isReady = false;
  #ending: Promise<void> | undefined;
  #isClosed = false;
  /** Since the last answer. */
  #deaths = 0;
  #lastDeath: Death | undefined;
  #measuredMemory = 0;

  constructor(model: InstalledModel, around: Surroundings) {
    this.model = model;
    this.#around = around;
    this.#log = around.log.child({ model: model.id });
    this.#jobs = new RunningJobs(around.jobsPerModel, around.patience);
  }

  get state(): EngineState {
    if (this.#ending) return "unloading";
    if (this.#isReady) return "ready";
    return this.#facts ? "loading" : "stopped";
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Jobs that it runs at once. */
  get workers(): number {
    return this.#around.jobsPerModel;
  }

  get running(): number {
    return this.#jobs.size;
  }

  /** How many more jobs could start now. */
  get room(): number {
    return this.state === "ready" ? this.#jobs.room : 0;
  }

  /** Bytes it takes, or will take once it is loaded. */
  get memory(): number {
    return this.#process?.memory || this.#measuredMemory || this.#expectedMemory;
  }

  /** Bytes to keep free for it: what it takes, or what it will once it has had long windows. */
  get neededMemory(): number {
    return Math.max(this.memory, this.#expectedMemory);
  }

  get #expectedMemory(): number {
    return this.model.size * WEIGHTS_FACTOR + PROGRAM_BYTES;
  }

  /** Whether this job may start now, as far as the engine is concerned. */
  accepts(task: Task): boolean {
    return this.state === "ready" && this.#jobs.accepts(task);
  }

  run(task: Task): void {
    this.#jobs.begin(task);
    this.#process?.run(task);
  }

  /** This job will be the next: what can be prepared is. */
  prepare(task: Task): void {
    this.#process?.stage(task);
  }

  /** The caller waits no longer: what runs is cut short, and its threads are free when the process has said so. */
  abandon(task: Task): void {
    this.#jobs.forgive(task);
    if (this.#jobs.has(task) || this.#process?.hasStaged(task)) this.#process?.cancel(task);
  }

  /** Loads the model, or waits for it. */
  load(): Promise<ModelFacts> {
    this.#facts ??= this.#load().catch((error: VerbatimError) => {
      this.#facts = undefined;
      this.hasRoom = false;
      this.#around.host.cannotLoad(this, error);
      throw error;
    });
    return this.#facts;
  }

  /** Ends the process when what runs has been answered; what waits makes a new one. Resolves when the memory is given back. */
  unload(reason: UnloadReason): Promise<void> {
    if (!this.#facts) return Promise.resolve();
    this.#ending ??= this.#unload(reason).finally(() => {
      this.#ending = undefined;
      const { host } = this.#around;
      if (!this.#isClosed && host.hasQueued(this)) this.load().catch(() => {});
      host.changed();
    });
    return this.#ending;
  }

  /** Ends the process for good; what still runs is not waited for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#jobs.rejectAll(shuttingDown());
    await this.#process?.end();
    this.#forgetProcess();
  }

  /** The health clock: so many milliseconds have passed. */
  tick(elapsed: number): void {
    const limit = this.#jobs.passedLimit(elapsed);
    if (limit !== undefined) this.#process?.kill(`a job took more than ${Math.round(limit)} s`);
    // While it loads it has its own limit: a slow disk, or a machine with much else to do, is no fault of it.
    else if (this.#isReady) this.#process?.ask();
  }

  async #load(): Promise<ModelFacts> {
    await this.#around.host.makeRoom(this);
    for (let attempt = 1; ; attempt++) {
      await Bun.sleep(this.#backoff());
      const choice = await this.#around.variants.choose(this.model.id);
      if (this.#isClosed) throw shuttingDown();
      const started = performance.now();
      const ready = await this.#start(choice);
      if (ready) return this.#becomeReady(ready, choice, (performance.now() - started) / 1000);
      if (this.#skip(choice)) {
        attempt--;
        continue;
      }
      if (attempt === LOAD_ATTEMPTS)
        throw this.#loadError(`the engine died ${attempt} times, ${this.#describeDeath()}`);
    }
  }

  /** One process, up to the moment when it is ready; undefined when it died without a reason. */
  async #start(choice: Choice): Promise<Ready | undefined> {
    const { settings, patience, jobsPerModel } = this.#around;
    const { path } = this.model;
    const { gpu, variant } = choice;
    this.#log.debug("Loading the model", { path, ...(gpu && { gpu }), ...(variant && { variant }) });
    const args = engineArguments({ model: path, workers: jobsPerModel, backend: settings.backend, ...choice });
    const child = new EngineProcess(args, this.#log, patience, {
      result: (job, json) => this.#answered(job, json),
      failed: (job, failure) => this.#failed(job, failure),
      died: (death) => this.#died(death),
    });
    this.#process = child;
    const timer = setTimeout(() => child.kill(`not loaded after ${patience.load / 1000} s`), patience.load);
    try {
      return await child.ready;
    } catch (reason) {
      await child.gone;
      this.#forgetProcess();
      if (!(reason instanceof VerbatimError)) return undefined;
      // What it cannot do with a GPU it may do without.
      if (!gpu || settings.backend !== "auto") throw this.#loadError(reason.message);
      this.#lastDeath = { how: reason.message, fromOutside: false, lastWords: undefined };
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the death that has just been is what was chosen's fault, so that the next choice is to be tried at once. */
  #skip(choice: Choice): boolean {
    if (this.#lastDeath?.fromOutside !== false) return false;
    if (!this.#around.variants.failed(this.model.id, choice, this.#describeDeath())) return false;
    this.#deaths = 0;
    return true;
  }

  #becomeReady({ facts }: Ready, choice: Choice, seconds: number): ModelFacts {
    const { metrics, host, variants } = this.#around;
    const { variant } = choice;
    variants.proved(choice);
    const label = { model: this.model.id };
    this.#isReady = true;
    this.lastUsed = Date.now();
    metrics.modelLoaded.set(label, 1);
    metrics.modelMemory.read(label, () => this.memory);
    metrics.modelLoad.observe(label, seconds);
    this.#log.info("Model ready", { seconds, pid: this.pid, backend: facts.backend, ...(variant && { variant }) });
    host.changed();
    return facts;
  }

  async #unload(reason: UnloadReason): Promise<void> {
    await this.#facts?.catch(() => {});
    await this.#jobs.idle();
    if (this.#process) {
      this.#measuredMemory = this.#process.memory;
      await this.#process.end();
      this.#forgetProcess();
      this.#around.metrics.evictions.add({ reason });
      this.#log.info("Model unloaded", { reason });
    }
    this.#facts = undefined;
    this.hasRoom = false;
  }

  #answered(id: number, json: Uint8Array): void {
    const task = this.#jobs.end(id, true);
    if (!task) return;
    this.#deaths = 0;
    const seconds = (performance.now() - task.started) / 1000;
    this.#around.metrics.inference.observe({ model: this.model.id, lane: task.lane }, seconds);
    task.resolve(json);
    this.#stopped(task, seconds);
  }

  #failed(id: number, { code, message }: Failed): void {
    const task = this.#jobs.end(id, false);
    if (!task) return;
    if (code !== "cancelled") {
      this.#around.metrics.nativeErrors.add({ op: task.request.kind });
      this.#log.warn("A job failed", { lane: task.lane, seconds: task.seconds, code, reason: message });
    }
    task.reject(new VerbatimError(code, message));
    this.#stopped(task);
  }

  #stopped(task: Task, seconds?: number): void {
    this.lastUsed = Date.now();
    this.#around.host.stopped(task, seconds);
    this.#around.host.changed();
  }

  #died(death: Death): void {
    const { host, metrics } = this.#around;
    const wasReady = this.#isReady;
    this.#lastDeath = death;
    this.#deaths++;
    this.#forgetProcess();
    const tasks = this.#jobs.died(death);
    this.#log.error("The engine died", { how: death.how, jobs: tasks.length, deaths: this.#deaths });
    for (const task of tasks) {
      host.stopped(task);
      if (isRefused(task))
        task.reject(
          new VerbatimError("engine-failed", `The engine died repeatedly on this audio, ${this.#describeDeath()}.`),
        );
      if (!task.isOpen) this.#jobs.forgive(task);
    }
    host.again(tasks.filter((task) => task.isOpen));
    // While it loads, #load decides how to go on.
    if (!wasReady || this.#ending || this.#isClosed) return;
    this.restarts++;
    metrics.restarts.add({ model: this.model.id });
    this.#facts = undefined;
    this.load().catch(() => {});
  }

  #forgetProcess(): void {
    const label = { model: this.model.id };
    this.#process = undefined;
    this.#isReady = false;
    this.#around.metrics.modelLoaded.set(label, 0);
    this.#around.metrics.modelMemory.remove(label);
  }

  /** Milliseconds to wait before the next start: none after the first death, for it may have been chance. */
  #backoff(): number {
    const { backoff, backoffLimit } = this.#around.patience;
    return this.#deaths < 2 ? 0 : Math.min(backoffLimit, backoff * 2 ** (this.#deaths - 2));
  }

  #loadError(reason: string): VerbatimError {
    return new VerbatimError("engine-failed", `Cannot load the model ${this.model.id} (${this.model.path}): ${reason}`);
  }

  #describeDeath(): string {
    const { how, lastWords } = this.#lastDeath ?? { how: "for no known reason", lastWords: undefined };
    return lastWords ? `${how}: ${lastWords}` : how;
  }
}

function shuttingDown(): VerbatimError {
  return new VerbatimError("shutting-down", "The server is shutting down.");
}
