/** Our errors in this protocol's shape: the page's four fields, and `detail`, which is all that the original server sends. */
import { VerbatimError } from "../../error.ts";
import { usualStatus } from "../status.ts";

const REASONS: Record<string, number> = {
  method: 405,
  // What the client asked for was right; this machine cannot do it.
  capture: 500,
};

/** The prefix under which the page's description holds; without it, what the original server does. */
export const PAGE_PREFIX = "/api/v1";

/** Whether a path is one of the page's. */
export function isPagePath(path: string): boolean {
  return path.startsWith(`${PAGE_PREFIX}/`);
}

export interface ErrorFields {
  error: string;
  details: string;
  status_code: number;
  /** ISO 8601. */
  timestamp: string;
}

/** The page's fields of an error, as replies and events carry them. */
export function errorFields(error: VerbatimError, now = new Date()): ErrorFields {
  const { code, reason = "", message, cause } = error;
  return {
    error: message,
    details: cause instanceof VerbatimError ? cause.message : message,
    status_code: REASONS[reason] ?? usualStatus[code],
    timestamp: now.toISOString(),
  };
}

/** The whole reply to a request that failed. A field that is missing or ill-typed is 400 on the page and 422 in the original. */
export function errorReply(error: VerbatimError, request: Pick<Request, "url">): Response {
  const fields = errorFields(error);
  const headers = new Headers();
  const isOriginal = !isPagePath(new URL(request.url).pathname);
  const status = isOriginal && isField(error) ? 422 : fields.status_code;
  if (status === 429 || status === 503)
    headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfter ?? 1))));
  const detail = status === 422 ? [validationItem(error)] : error.message;
  return Response.json({ detail, ...fields, status_code: status }, { status, headers });
}

/** A field of the body is not there. */
export function missingField(name: string): VerbatimError {
  return new VerbatimError("bad-parameter", `Field required: ${name}`, { parameter: name, reason: "missing" });
}

/** Pydantic's names of what may be wrong with a body or one of its fields, and its sentences. */
const FIELD_ERRORS = {
  missing: "Field required",
  json_invalid: "JSON decode error",
  model_attributes_type: "Input should be a valid dictionary or object to extract fields from",
  string_type: "Input should be a valid string",
  bool_type: "Input should be a valid boolean",
  int_type: "Input should be a valid integer",
  dict_type: "Input should be a valid dictionary",
} as const;

export type FieldError = keyof typeof FIELD_ERRORS;

/** A field of the body is of another kind than it must be. */
export function wrongField(name: string, wanted: string, reason: FieldError): VerbatimError {
  return new VerbatimError("bad-parameter", `${name} must be ${wanted}`, { parameter: name, reason });
}

function isField({ reason = "" }: VerbatimError): boolean {
  return Object.hasOwn(FIELD_ERRORS, reason);
}

/** As FastAPI writes it. */
function validationItem({ parameter = "", reason }: VerbatimError): object {
  const loc = ["body", ...(parameter === "" ? [] : parameter.split("."))];
  return { type: reason, loc, msg: FIELD_ERRORS[reason as FieldError], input: null };
}
