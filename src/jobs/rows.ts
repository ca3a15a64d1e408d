/** A job as the database has it, and as the program does. */
import type { ClaimedJob, JobState, JobSummary } from "./store.ts";

export interface JobRow {
  id: string;
  kind: string;
  state: JobState;
  owner: string | null;
  accepted: number;
  at: number;
  runs: number;
  deliveries: number;
  request: string;
  audio: string | null;
  url: string;
  method: "POST" | "PUT";
  result: Uint8Array | null;
  content_type: string | null;
  note: string | null;
}

export type SummaryRow = Omit<JobRow, "request" | "audio" | "result" | "content_type" | "method">;

/** The job with its recording's path. */
export function claimedJob(row: JobRow, pathOf: (name: string) => string): ClaimedJob {
  const { id, kind, runs, deliveries, url, method, result } = row;
  return {
    id,
    kind,
    runs,
    deliveries,
    request: JSON.parse(row.request),
    accepted: new Date(row.accepted),
    callback: { url, method },
    ...(row.audio === null ? {} : { audio: { path: pathOf(row.audio) } }),
    ...(result === null ? {} : { result: { body: result, contentType: row.content_type ?? "" } }),
  };
}

export function summary({ id, kind, state, owner, accepted, at, runs, deliveries, url, note }: SummaryRow): JobSummary {
  return {
    id,
    kind,
    state,
    claimed: owner !== null,
    accepted: new Date(accepted),
    at: new Date(at),
    runs,
    deliveries,
    // Credentials and paths may be secrets.
    target: new URL(url).origin,
    ...(note === null ? {} : { note }),
  };
}
