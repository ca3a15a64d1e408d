/** What the engines say of themselves. */
import type { Engine, EngineState } from "./engine.ts";
import type { Lane } from "./job.ts";

/** One model's engine, as a status page shows it. */
export interface EngineStatus {
  id: string;
  state: EngineState;
  pid?: number;
  /** Bytes; an estimate until it is loaded. */
  memory: number;
  /** Jobs that it decodes at once. */
  workers: number;
  queued: Record<Lane, number>;
  running: number;
  restarts: number;
  /** Unix time in milliseconds. */
  lastUsed: number;
}

export function statusOf(engine: Engine, queued: (lane: Lane) => number): EngineStatus {
  const { pid, state, memory, workers, running, restarts, lastUsed } = engine;
  return {
    id: engine.model.id,
    state,
    ...(pid === undefined ? {} : { pid }),
    memory,
    workers,
    queued: { final: queued("final"), partial: queued("partial"), file: queued("file") },
    running,
    restarts,
    lastUsed,
  };
}
