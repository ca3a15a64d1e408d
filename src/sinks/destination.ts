/** What a courier needs of a place that takes records. */

export type SinkName = "webhook" | "redis" | "postgres" | "file";

export interface Parcel {
  id: string;
  session: string;
  /** The record as a line of JSON. */
  body: string;
}

/** A final that waits on disk. */
export interface Queued extends Parcel {
  /** Rises from record to record, also over restarts. */
  seq: number;
}

export type Outcome =
  | "delivered"
  /** The destination will never take it, as it said. */
  | "refused";

/** Says that these need not be sent again. To be called as soon as that is sure. */
export type Settle = (parcels: readonly Queued[], outcome: Outcome) => void;

export interface Destination {
  readonly name: SinkName;
  /**
   * Delivers finals, those of a session in their order, and settles each. Rejects when it cannot: what is not settled then comes again,
   * with more behind it. An error's `retryAfter` is heeded. How long to wait for an answer is its own affair.
   */
  deliver(batch: readonly Queued[], settle: Settle, signal: AbortSignal): Promise<void>;
  /** Tells partials, once; what fails is forgotten. */
  tell(partials: readonly Parcel[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds to wait for one answer. */
export const PATIENCE = 30_000;

/** Fails when the signal does, or when an answer takes too long; whatever comes of the work then is ignored. */
export async function answered<Answer>(work: Promise<Answer>, signal: AbortSignal, patience: number): Promise<Answer> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const over = Promise.withResolvers<never>();
  const abort = () => over.reject(either.reason);
  if (either.aborted) abort();
  either.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    either.removeEventListener("abort", abort);
  }
}
