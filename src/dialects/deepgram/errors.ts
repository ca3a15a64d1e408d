/** Our error codes → Deepgram's error bodies: https://developers.deepgram.com/docs/errors */
import type { ErrorCode, VerbatimError } from "../../error.ts";
import { requestIdOf } from "./request-id.ts";

interface Shape {
  status: number;
  code: string;
  /** Deepgram's sentence; absent: our own is told. */
  message?: string;
}

const UNREADABLE = "Bad Request: failed to process audio: corrupt or unsupported data";
const NO_SUCH_MODEL =
  'Bad Request: No such model/language/tier combination found. You could try the "general" model (language: en-US, base tier).';

const bad = (message?: string): Shape => ({
  status: 400,
  code: "Bad Request",
  ...(message === undefined ? {} : { message }),
});
const remote = (message: string): Shape => ({ status: 400, code: "REMOTE_CONTENT_ERROR", message });
const server = (status: number, code: string, message?: string): Shape => ({
  status,
  code,
  ...(message === undefined ? {} : { message }),
});
const broken = server(500, "INTERNAL_SERVER_ERROR", "Internal server error.");

// Deepgram's libraries send a request again for 408, 429 and 5xx: what will fail again must be another status.
const SHAPES: Record<ErrorCode, Shape> = {
  "bad-request": bad(),
  "bad-parameter": server(400, "INVALID_QUERY_PARAMETER"),
  "bad-audio": bad(UNREADABLE),
  "too-large": server(413, "PAYLOAD_TOO_LARGE"),
  "model-unknown": bad(NO_SUCH_MODEL),
  "model-missing": bad(NO_SUCH_MODEL),
  "language-unsupported": bad(NO_SUCH_MODEL),
  busy: server(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later"),
  loading: server(503, "SERVICE_UNAVAILABLE"),
  "shutting-down": server(503, "SERVICE_UNAVAILABLE"),
  unauthorized: server(401, "INVALID_AUTH", "Invalid credentials."),
  forbidden: server(403, "INSUFFICIENT_PERMISSIONS"),
  "not-found": server(404, "NOT_FOUND"),
  conflict: server(409, "CONFLICT"),
  cancelled: server(499, "CLIENT_CLOSED_REQUEST"),
  timeout: server(504, "GATEWAY_TIMEOUT"),
  "engine-failed": broken,
  internal: broken,
};

const REASONS: Readonly<Record<string, Shape>> = {
  json: bad("Content-type was application/json, but we could not process the JSON payload."),
  keyterms: bad("Keyterm limit exceeded. The maximum number of tokens across all keyterms is 500."),
  callback: bad("Invalid callback url."),
  "slow-upload": server(408, "SLOW_UPLOAD", "Request upload timeout."),
  "broken-upload": server(422, "ASR_UNPROCESSABLE_ENTITY", "Unable to read the entire client request."),
  "url-malformed": remote("Could not parse URL as a URI."),
  "url-private": remote("URL for media download must be publicly routable."),
  "url-redirects": remote("The remote server hosting the media redirected too many times."),
  "url-unreachable": remote("The remote server hosting the media failed to return valid data."),
  // Sent by us for what the remote server answers; the sentence has its status.
  "url-status": server(400, "REMOTE_CONTENT_ERROR"),
  method: server(405, "METHOD_NOT_ALLOWED"),
  upgrade: server(426, "UPGRADE_REQUIRED"),
  "temporary-key": server(403, "FORBIDDEN", "Insufficient permissions."),
  project: server(404, "PROJECT_NOT_FOUND", "Project not found."),
};

export interface ErrorBody {
  err_code: string;
  err_msg: string;
  request_id: string;
}

/** The body of an error, as replies, refused handshakes and callbacks carry it. */
export function errorBody(error: VerbatimError, requestId: string): ErrorBody {
  const { code, message } = shapeOf(error);
  return { err_code: code, err_msg: message ?? error.message, request_id: requestId };
}

/** The whole reply to a request or a handshake that failed. */
export function errorReply(error: VerbatimError, request: Request): Response {
  return reply(error, request, (body) => body);
}

/** The same for the management routes, whose newer clients read other names. */
export function managementErrorReply(error: VerbatimError, request: Request): Response {
  return reply(error, request, ({ err_code, err_msg, request_id }) => ({
    err_code,
    err_msg,
    category: err_code,
    message: err_msg,
    details: error.message,
    request_id,
  }));
}

/** The headers that every answer of this dialect has. */
export function idHeaders(request: Request): Record<string, string> {
  const id = requestIdOf(request);
  // The last is what version 4 of the JavaScript library looks for in a refused handshake.
  return { "dg-request-id": id, "x-dg-request-id": id };
}

function reply(error: VerbatimError, request: Request, shaped: (body: ErrorBody) => object): Response {
  const { status } = shapeOf(error);
  const body = errorBody(error, requestIdOf(request));
  const headers = new Headers({
    ...idHeaders(request),
    "content-type": "application/json",
    "dg-error": headerText(body.err_msg),
  });
  // Deepgram's sentences say little; what exactly is wrong goes beside them.
  if (body.err_msg !== error.message && status < 500 && status !== 401)
    headers.set("x-verbatim-detail", headerText(error.message));
  if (status === 429 || status === 503)
    headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfter ?? 1))));
  if (status === 426) headers.set("upgrade", "websocket");
  return new Response(JSON.stringify(shaped(body)), { status, headers });
}

function shapeOf(error: VerbatimError): Shape {
  if (error.code === "timeout" && error.reason === "url") return REASONS["url-unreachable"] as Shape;
  return REASONS[error.reason ?? ""] ?? SHAPES[error.code];
}

/** Headers hold neither line ends nor characters outside ASCII. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, "?").slice(0, 1000);
}
