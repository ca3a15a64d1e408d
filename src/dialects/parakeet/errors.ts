/** Our error codes → what FastAPI's servers answer, with OpenAI's error object beside it. */
import type { ErrorCode, VerbatimError } from "../../error.ts";
import { usualStatus } from "../status.ts";

const STATUS: Record<ErrorCode, number> = {
  ...usualStatus,
  "bad-request": 422,
  "bad-parameter": 422,
  "bad-audio": 415,
  "language-unsupported": 422,
};

/** Pydantic's names of what is wrong with a field, and its sentences. */
const FIELD_ERRORS: Readonly<Record<string, string>> = {
  missing: "Field required",
  bool_parsing: "Input should be a valid boolean, unable to interpret input",
};

/** The whole reply to a request or a handshake that failed. */
export function errorReply(error: VerbatimError): Response {
  const status = error.reason === "method" ? 405 : STATUS[error.code];
  const { message, parameter, reason = "" } = error;
  const body = {
    detail: detailOf(error),
    error: {
      message,
      type: status >= 500 ? "server_error" : "invalid_request_error",
      param: parameter ?? null,
      code: FIELD_ERRORS[reason] ? reason : error.code.replaceAll("-", "_"),
    },
  };
  const headers = new Headers();
  if (status === 429 || status === 503)
    headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfter ?? 1))));
  return Response.json(body, { status, headers });
}

/** A list for a wrong field, a sentence for everything else. */
function detailOf({ code, message, parameter, reason = "" }: VerbatimError): string | object[] {
  const known = FIELD_ERRORS[reason];
  if (known && parameter) return [{ type: reason, loc: ["body", parameter], msg: known, input: null }];
  if (code === "bad-audio") return `Invalid audio format: ${message.slice(0, 200)}`;
  return reason === "method" ? "Method Not Allowed" : message;
}
