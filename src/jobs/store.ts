/**
 * What a store of jobs must do. The one that ships is a file of SQLite; a queue that an operation already has can take its place. Several
 * servers may work on one store: a job that one of them has claimed is no other's until it is settled, given back, or its server is dead.
 */
import type { Callback, JobResult, NewJob, RunningJob } from "./job.ts";

/** `waiting` to be done, then `undelivered`, then one of the two ends. */
export type JobState = "waiting" | "undelivered" | "delivered" | "failed";

/** A job that was claimed, to be done or to be delivered. */
export interface ClaimedJob extends RunningJob {
  kind: string;
  callback: Callback;
  /** How often it was begun, and how often a delivery was, this time included. */
  runs: number;
  deliveries: number;
  /** There when it is to be delivered. */
  result?: JobResult;
}

/** A job as people want to see it. */
export interface JobSummary {
  id: string;
  kind: string;
  state: JobState;
  /** Whether a server is at it right now. */
  claimed: boolean;
  accepted: Date;
  /** When it is tried next, or when it ended. */
  at: Date;
  runs: number;
  deliveries: number;
  /** Where the result goes, without credentials, path and query. */
  target: string;
  /** What went wrong last. */
  note?: string;
}

export interface JobStore {
  /** Keeps a job. Once this resolves it is on disk. Rejects with `busy` when there is no room, with `conflict` when the id is taken. */
  add(job: NewJob): Promise<void>;
  /** The job that has waited longest of those that are due to be done or delivered; from here on it is the caller's. */
  claim(work: "run" | "deliver"): Promise<ClaimedJob | undefined>;
  /** The job is done, and its recording not needed any more. False: it is not the caller's now, and nothing was changed. */
  finish(id: string, result: JobResult): Promise<boolean>;
  /** The job is to be taken up again at a time; `note` says why. `counts`: this time was one of its tries. */
  giveBack(id: string, again: { at: Date; note?: string; counts: boolean }): Promise<boolean>;
  /** The job's end; what was recorded and recognised is forgotten, except for what could not be delivered. */
  end(id: string, state: "delivered" | "failed", note?: string): Promise<boolean>;
  /** Frees what dead servers had claimed, and forgets what is kept too long. Answers with how many of each. */
  sweep(): Promise<{ freed: number; expired: number }>;
  /** When something will be due that is not now. */
  nextDue(): Promise<Date | undefined>;
  /** All jobs, the newest first. */
  list(): Promise<JobSummary[]>;
  /** Forgets a job, whatever its state. False: there is none. */
  remove(id: string): Promise<boolean>;
  /** Delivers once more what could not be delivered. False: it has no such result. */
  retry(id: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Where the store comes from. One that is there is opened at once; a new one is made when the first job needs it. */
export interface StoreSource {
  exists: boolean;
  open(): JobStore;
}
