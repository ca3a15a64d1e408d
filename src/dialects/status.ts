import type { ErrorCode } from "../error.ts";

/** The HTTP status of each of our errors, where a protocol has no other rule. */
export const usualStatus: Record<ErrorCode, number> = {
  "bad-request": 400,
  "bad-parameter": 400,
  "bad-audio": 400,
  "too-large": 413,
  "model-unknown": 404,
  "model-missing": 404,
  "language-unsupported": 400,
  busy: 429,
  loading: 503,
  "shutting-down": 503,
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  cancelled: 499,
  timeout: 408,
  "engine-failed": 500,
  internal: 500,
};
