/** The only part of a decode in progress that other threads may touch. */
import type { Handle } from "./call.ts";
import { native } from "./library.ts";

export type JobHandle = Handle<"job">;

export function newJob(): JobHandle {
  return native().vb_job_new() as JobHandle;
}

export function freeJob(job: JobHandle): void {
  native().vb_job_free(job);
}

/** Makes a job ready for the next decode. */
export function resetJob(job: JobHandle): void {
  native().vb_job_reset(job);
}

/** Makes the call that runs with this job return soon, as `cancelled`. */
export function cancelJob(job: JobHandle): void {
  native().vb_job_cancel(job);
}

/** How much is done, 0 to 1. */
export function jobProgress(job: JobHandle): number {
  return native().vb_job_progress(job);
}
