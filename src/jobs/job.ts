/** A job is work that was promised: it is done and its result delivered, even if the program ends in between. */
import type { MediaSource } from "../audio/media.ts";
import type { VerbatimError } from "../error.ts";

export interface Callback {
  url: string;
  method: "POST" | "PUT";
}

export interface NewJob {
  /** Letters, digits, `-` and `_`, at most 64: it names files, too. */
  id: string;
  /** Who does it: the name that a runner is registered under. */
  kind: string;
  /** What the runner needs to know, as JSON. */
  request: unknown;
  /** Bytes are written down; a file is taken away from where it is. */
  audio?: MediaSource;
  callback: Callback;
}

/** What a runner gets. */
export interface RunningJob {
  id: string;
  request: unknown;
  /** To be left where it is. */
  audio?: MediaSource;
  accepted: Date;
}

/** What is delivered. */
export interface JobResult {
  body: Uint8Array;
  contentType: string;
}

/** How jobs of one kind are done. */
export interface JobRunner {
  /**
   * Does the work. When it rejects with `busy`, `loading`, `shutting-down` or `cancelled` the job is done later; any other error ends it,
   * and what `failed` makes of that is delivered instead.
   */
  run(job: RunningJob, signal: AbortSignal): Promise<JobResult>;
  /** The error as the receiver expects it. */
  failed(job: RunningJob, error: VerbatimError): JobResult;
}
