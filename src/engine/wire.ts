/** What the frames between the server and an engine process mean (ipc/frames.ts says how they look). */
import type { ErrorCode } from "../error.ts";
import type { DecodeOptions, ModelFacts } from "./job.ts";

/** Server to engine. A job's PCM goes before its request, so that it may be there already when a worker becomes free. */
export const ask = { pcm: 1, decode: 2, detect: 3, cancel: 4, ping: 5 } as const;

/** Engine to server. `failed` for job 0 means that the engine cannot start, and ends. */
export const answer = { ready: 16, failed: 17, result: 18, pong: 19 } as const;

/** JSON of `ask.decode`. */
export interface DecodeRequest {
  threads: number;
  options: DecodeOptions;
}

/** JSON of `ask.detect`. */
export interface DetectRequest {
  threads: number;
  among?: readonly string[];
}

/** JSON of `answer.ready`. */
export interface Ready {
  facts: ModelFacts;
  memory: number;
}

/** JSON of `answer.failed`. */
export interface Failed {
  code: ErrorCode;
  message: string;
}

/** JSON of `answer.pong`. */
export interface Pong {
  /** Bytes of the process that are in memory. */
  memory: number;
}
