/**
 * The one error class. Code that fails on purpose throws this; each dialect maps `code` to its own shape and status
 * in one table, and everything else that is thrown is an `internal` error whose message never leaves the process.
 */
export type ErrorCode =
  | "bad-request"
  | "bad-parameter"
  | "bad-audio"
  | "too-large"
  | "model-unknown"
  | "model-missing"
  | "language-unsupported"
  | "busy"
  | "loading"
  | "shutting-down"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "cancelled"
  | "timeout"
  | "engine-failed"
  | "internal";

export interface ErrorDetails {
  /** Name of the parameter or setting at fault, in the caller's spelling. */
  parameter?: string;
  /** What exactly, where a dialect has a finer word for it than the code (`language-format`, `wrong-key`). */
  reason?: string;
  /** Seconds after which trying again makes sense. */
  retryAfter?: number;
  cause?: unknown;
}

export class VerbatimError extends Error {
  readonly code: ErrorCode;
  readonly parameter?: string;
  readonly reason?: string;
  readonly retryAfter?: number;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "VerbatimError";
    this.code = code;
    if (details.parameter !== undefined) this.parameter = details.parameter;
    if (details.reason !== undefined) this.reason = details.reason;
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
  }
}

/** Turns whatever was thrown into a VerbatimError; an abort becomes `cancelled`, the unexpected becomes `internal`. */
export function toVerbatimError(thrown: unknown): VerbatimError {
  if (thrown instanceof VerbatimError) return thrown;
  if (thrown instanceof DOMException && thrown.name === "TimeoutError")
    return new VerbatimError("timeout", "The time limit was reached.", { cause: thrown });
  if (thrown instanceof DOMException && thrown.name === "AbortError")
    return new VerbatimError("cancelled", "The request was cancelled.", { cause: thrown });
  return new VerbatimError("internal", "Something went wrong inside the server.", { cause: thrown });
}
