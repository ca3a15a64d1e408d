/** What the engines are told from outside. */

export interface EngineSettings {
  /** Jobs that one model decodes at once; 0: as many as there are cores. */
  workers: number;
  /** Threads of one job; 0: a lone job takes the idle cores, several share them. */
  threads: number;
  /** Seconds after its last job until a model leaves memory; 0: never. */
  modelIdle: number;
  /** Ids of models that never leave memory for being idle. */
  keepLoaded?: readonly string[];
  /** Bytes that all loaded models may take together; 0: three quarters of the machine's memory. */
  memoryBudget: number;
  /** Seconds of audio that may be admitted and not yet done; more is `busy`. */
  queueSeconds: number;
  /** What computes: `auto` takes the library's best device, `cpu` no other, any other name must be there. */
  backend: "auto" | "cpu" | "metal" | "cuda" | "vulkan";
  /** The file of the one CPU variant to use; otherwise what is known of this CPU decides. */
  variant?: string;
}

/** Patience, in milliseconds. Only tests have reason to change it. */
export interface Patience {
  /** Between two health questions. */
  healthInterval: number;
  /** Health questions in a row without an answer after which an engine is taken for wedged. */
  healthMisses: number;
  /** A model may take this long to load. */
  load: number;
  /** The longest that a job may take before the first answer has shown how fast the engine is … */
  firstJob: number;
  /** … and afterwards, at least this, and `slowdown` times the slowest job so far. */
  job: number;
  slowdown: number;
  /** Before the second restart in a row without an answer in between; doubled each time. */
  backoff: number;
  backoffLimit: number;
  /** An engine that is asked to end is killed after this. */
  end: number;
}

export const defaultPatience: Patience = {
  healthInterval: 3_000,
  healthMisses: 5,
  load: 600_000,
  firstJob: 900_000,
  job: 60_000,
  slowdown: 100,
  backoff: 250,
  backoffLimit: 5_000,
  end: 5_000,
};

/** Seconds of PCM that one job may hold: the model's window. */
export const MAX_JOB_SECONDS = 30;

export const SAMPLE_RATE = 16_000;
