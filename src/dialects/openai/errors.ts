/** Our error codes → OpenAI's error object: https://platform.openai.com/docs/guides/error-codes */
import type { ErrorCode, VerbatimError } from "../../error.ts";

interface Shape {
  status: number;
  type: string;
  code: string | null;
}

const invalid = (status: number, code: string | null): Shape => ({ status, type: "invalid_request_error", code });
const server = (status: number, code: string | null = null): Shape => ({ status, type: "server_error", code });

// The SDKs send a request again for 408, 409, 429 and 5xx: what will fail again must be another 4xx, or say so (`finalFailures`).
const SHAPES: Record<ErrorCode, Shape> = {
  "bad-request": invalid(400, null),
  "bad-parameter": invalid(400, "invalid_value"),
  "bad-audio": invalid(400, null),
  "too-large": server(413),
  "model-unknown": invalid(404, "model_not_found"),
  "model-missing": invalid(404, "model_not_found"),
  "language-unsupported": invalid(400, "unsupported_value"),
  busy: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  loading: server(503),
  "shutting-down": server(503),
  unauthorized: invalid(401, null),
  forbidden: invalid(403, null),
  "not-found": invalid(404, null),
  conflict: invalid(409, null),
  cancelled: invalid(499, null),
  timeout: invalid(408, null),
  "engine-failed": server(500),
  internal: server(500),
};

const REASONS: Record<string, Partial<Shape>> = {
  "language-format": { code: "invalid_language_format" },
  missing: { code: "missing_required_parameter" },
  unknown: { code: "unknown_parameter" },
  unsupported: { code: "unsupported_value" },
  "too-short": { code: "audio_too_short" },
  "wrong-key": { code: "invalid_api_key" },
  method: { status: 405, code: "method_not_supported" },
  "commit-empty": { code: "input_audio_buffer_commit_empty" },
  json: { code: "invalid_json" },
  event: { code: "invalid_event" },
  "session-expired": { code: "session_expired" },
};

const FORMATS = "['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']";
const finalFailures: readonly ErrorCode[] = ["engine-failed", "internal"];

export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** The error object, as replies and the last event of a stream carry it. */
export function errorBody(error: VerbatimError): ErrorBody {
  const { type, code } = shapeOf(error);
  return { error: { message: messageOf(error), type, param: error.parameter ?? null, code } };
}

/** The whole reply to a request that failed. */
export function errorReply(error: VerbatimError): Response {
  return replyWith(error, errorBody(error));
}

/** The same where servers written with FastAPI have routes too: their clients look for `detail`. */
export function audioErrorReply(error: VerbatimError): Response {
  const body = errorBody(error);
  return replyWith(error, { ...body, detail: body.error.message });
}

function replyWith(error: VerbatimError, body: object): Response {
  const headers = new Headers();
  if (error.retryAfter !== undefined || [429, 503].includes(shapeOf(error).status))
    headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfter ?? 1))));
  if (finalFailures.includes(error.code)) headers.set("x-should-retry", "false");
  return Response.json(body, { status: shapeOf(error).status, headers });
}

function shapeOf(error: VerbatimError): Shape {
  return { ...SHAPES[error.code], ...REASONS[error.reason ?? ""] };
}

function messageOf(error: VerbatimError): string {
  if (error.code !== "bad-audio" || error.reason === "too-short") return error.message;
  return `Invalid file format. Supported formats: ${FORMATS}. ${error.message}`;
}
