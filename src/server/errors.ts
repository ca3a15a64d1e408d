/** Errors of routes that no dialect owns: one body with the fields of all, so that every client finds its own. */
import { callOf, failCall } from "../dialects/call.ts";
import { usualStatus } from "../dialects/status.ts";
import type { VerbatimError } from "../error.ts";

/** Elysia's error hook for such routes. It holds for routes that come after it, so every plugin of ours has it first. */
export function onSharedError({ error, request }: { error: unknown; request: Request }): Response {
  return unionReply(failCall(request, error), callOf(request).id);
}

/** OpenAI's `error`, Deepgram's `err_code` and `err_msg`, its newer `category`, `message` and `details`, and FastAPI's `detail`. */
function unionReply(error: VerbatimError, requestId: string): Response {
  const status = error.reason === "method" ? 405 : usualStatus[error.code];
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
