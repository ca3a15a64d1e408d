/** Errors of routes that no dialect owns: one body with the fields of all, so that every client finds its own. */
import { callOf, failCall } from "../dialects/call.ts";
import type { ErrorCode, VerbatimError } from "../error.ts";

const STATUS: Record<ErrorCode, number> = {
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

/** Elysia's error hook for such routes. It holds for routes that come after it, so every plugin of ours has it first. */
export function onSharedError({ error, request }: { error: unknown; request: Request }): Response {
  return unionReply(failCall(request, error), callOf(request).id);
}

/** OpenAI's `error`, Deepgram's `err_code` and `err_msg`, its newer `category`, `message` and `details`, and FastAPI's `detail`. */
function unionReply(error: VerbatimError, requestId: string): Response {
  const status = error.reason === "method" ? 405 : STATUS[error.code];
  const { message } = error;
  const code = error.code.toUpperCase().replaceAll("-", "_");
  const body = {
    error: {
      message,
      type: status >= 500 ? "server_error" : "invalid_request_error",
      param: error.parameter ?? null,
      code: status === 404 || status === 405 ? null : error.code.replaceAll("-", "_"),
    },
    err_code: code,
    err_msg: message,
    category: code,
    message,
    details: message,
    detail: message,
    request_id: requestId,
  };
  const headers = new Headers({ "dg-request-id": requestId });
  if (status === 503 || status === 429)
    headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfter ?? 1))));
  return Response.json(body, { status, headers });
}
