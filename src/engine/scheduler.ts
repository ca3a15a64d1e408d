/** What runs next, on which engine, with how many threads: all jobs of all models meet here. */
import { VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import { Admission, type Claim } from "./admission.ts";
import { computeCores } from "./cores.ts";
import { Engine, type Host, type Surroundings } from "./engine.ts";
import { LANES, type ModelFacts } from "./job.ts";
import { ModelMemory } from "./memory.ts";
import { LaneQueue } from "./queue.ts";
import type { EngineSettings, Patience } from "./settings.ts";
import { Speed } from "./speed.ts";
import { type EngineStatus, statusOf } from "./status.ts";
import type { Task } from "./task.ts";
import { ThreadBudget } from "./threads.ts";
import { Variants } from "./variants.ts";

export class Scheduler implements Host {
  readonly #around: Surroundings;
  readonly #queue = new LaneQueue<Task>();
  readonly #engines = new Map<string, Engine>();
  /** Tasks whose callers still wait. */
  readonly #open = new Set<Task>();
  readonly #budget: ThreadBudget;
  readonly #memory: ModelMemory;
  readonly #speed: Speed;
  readonly #admission: Admission;
  readonly #clock: Timer;
  #closing: Promise<void> | undefined;

  constructor(settings: EngineSettings, patience: Patience, log: Log, metrics: Metrics) {
    const variants = new Variants(log, settings.backend, settings.variant);
    const isTuned = settings.workers === 0 && settings.threads === 0;
    const workers = isTuned ? variants.workers : settings.workers;
    this.#budget = new ThreadBudget(computeCores(), workers, settings.threads);
    this.#memory = new ModelMemory(settings.memoryBudget);
    this.#speed = new Speed(this.#budget.total);
    this.#admission = new Admission(settings.queueSeconds, this.#speed);
    const { jobsPerModel } = this.#budget;
    this.#around = { settings, variants, patience, log, metrics, jobsPerModel, host: this };
    for (const lane of LANES) metrics.queueDepth.read({ lane }, () => this.#queue.depth(lane));
    metrics.queuedSeconds.read({}, () => this.#admission.seconds);
    this.#clock = this.#startClock(patience.healthInterval);
  }

  /** Queues a job; its model is loaded if need be. */
  add(model: InstalledModel, task: Task): void {
    if (this.#closing) {
      task.reject(new VerbatimError("shutting-down", "The server is shutting down."));
      return;
    }
    this.#open.add(task);
    task.answer.catch(() => {}).finally(() => this.#open.delete(task));
    const replaced = this.#queue.add(task);
    if (replaced) {
      replaced.reject(new VerbatimError("cancelled", "A newer job has taken this one's place."));
      this.#engines.get(replaced.model)?.abandon(replaced);
    }
    this.#engine(model)
      .load()
      .catch(() => {});
    this.changed();
  }

  /** A job's caller has gone away. */
  abandon(task: Task): void {
    this.#queue.remove(task);
    this.#engines.get(task.model)?.abandon(task);
    // A suspect that is gone no longer keeps the others waiting.
    this.changed();
  }

  admit(client: string, seconds: number): Claim {
    if (this.#closing) throw new VerbatimError("shutting-down", "The server is shutting down.");
    try {
      return this.#admission.admit(seconds);
    } catch (busy) {
      this.#around.log.info("Too busy for more audio", { client, seconds, waiting: this.#admission.seconds });
      throw busy;
    }
  }

  async load(model: InstalledModel): Promise<ModelFacts> {
    if (this.#closing) throw new VerbatimError("shutting-down", "The server is shutting down.");
    return this.#engine(model).load();
  }

  async unload(id: string): Promise<void> {
    await this.#engines.get(id)?.unload("request");
  }

  status(): EngineStatus[] {
    return Array.from(this.#engines.values(), (engine) =>
      statusOf(engine, (lane) => this.#queue.depth(lane, ({ model }) => model === engine.model.id)),
    );
  }

  /** Waits so many seconds for what was taken on, then ends everything. */
  close(deadline: number): Promise<void> {
    this.#closing ??= this.#close(deadline);
    return this.#closing;
  }

  async makeRoom(engine: Engine): Promise<void> {
    await this.#memory.make(engine, this.#engines.values(), (other) => this.#isIdle(other));
  }

  hasQueued(engine: Engine): boolean {
    for (const task of this.#queue) if (task.model === engine.model.id) return true;
    return false;
  }

  stopped(task: Task, seconds?: number): void {
    this.#budget.giveBack(task.threads);
    if (seconds !== undefined) this.#speed.observe(task.seconds, seconds, task.threads);
  }

  again(tasks: readonly Task[]): void {
    this.#queue.putBack(tasks);
  }

  cannotLoad(engine: Engine, error: VerbatimError): void {
    if (!this.#closing)
      this.#around.log.error("The model cannot be loaded", { model: engine.model.id, reason: error.message });
    for (const task of [...this.#queue]) {
      if (task.model !== engine.model.id) continue;
      this.#queue.remove(task);
      engine.abandon(task);
      task.reject(error);
    }
  }

  changed(): void {
    for (;;) {
      const startable = this.#startable();
      const threads = this.#budget.take(startable);
      if (threads === 0) break;
      const task = this.#queue.take((one) => this.#engines.get(one.model)?.accepts(one) === true);
      if (!task) throw new Error(`Of ${startable} jobs that could start there is none.`);
      task.threads = threads;
      this.#around.metrics.queueWait.observe({ lane: task.lane }, (performance.now() - task.arrived) / 1000);
      this.#engines.get(task.model)?.run(task);
    }
    const next = this.#queue.peek((one) => this.#engines.get(one.model)?.state === "ready");
    if (next) this.#engines.get(next.model)?.prepare(next);
  }

  #engine(model: InstalledModel): Engine {
    let engine = this.#engines.get(model.id);
    if (!engine) {
      engine = new Engine(model, this.#around);
      this.#engines.set(model.id, engine);
    }
    return engine;
  }

  /** Jobs that could all start now if there were threads for them. */
  #startable(): number {
    let count = 0;
    for (const engine of this.#engines.values()) {
      if (engine.room === 0) continue;
      let wanted = 0;
      for (const task of this.#queue) if (task.model === engine.model.id && engine.accepts(task)) wanted++;
      count += Math.min(engine.room, wanted);
    }
    return count;
  }

  #isIdle(engine: Engine): boolean {
    return (
      engine.state === "unloading" || (engine.state === "ready" && engine.running === 0 && !this.hasQueued(engine))
    );
  }

  #startClock(interval: number): Timer {
    let last = performance.now();
    const clock = setInterval(() => {
      const now = performance.now();
      // A machine that slept, or a program that was stopped, has not waited.
      const elapsed = Math.min(now - last, 2 * interval);
      last = now;
      for (const engine of this.#engines.values()) engine.tick(elapsed);
      this.#unloadUnused();
    }, interval);
    clock.unref();
    return clock;
  }

  #unloadUnused(): void {
    const { modelIdle, keepLoaded } = this.#around.settings;
    if (modelIdle === 0) return;
    for (const engine of this.#engines.values()) {
      if (engine.state !== "ready" || !this.#isIdle(engine) || keepLoaded?.includes(engine.model.id)) continue;
      if (Date.now() - engine.lastUsed >= modelIdle * 1000) void engine.unload("idle");
    }
  }

  async #close(deadline: number): Promise<void> {
    const waiting = Promise.allSettled(Array.from(this.#open, ({ answer }) => answer));
    await Promise.race([waiting, Bun.sleep(deadline * 1000)]);
    for (const task of [...this.#queue]) {
      this.#queue.remove(task);
      task.reject(new VerbatimError("shutting-down", "The server is shutting down."));
    }
    await Promise.all(Array.from(this.#engines.values(), (engine) => engine.close()));
    clearInterval(this.#clock);
  }
}
