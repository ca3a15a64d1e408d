/** How the getting of a model goes on. */
export interface ModelProgress {
  model: string;
  /** `waiting`: another process is at it, and `done` is how far that one is. */
  phase: "waiting" | "checking" | "downloading" | "quantizing";
  /** Bytes. */
  done: number;
  total: number;
}

export type OnProgress = (progress: ModelProgress) => void;
