/** `/v1/auth`: keys for a short while, and what is known of a key. */
import { VerbatimError } from "../../../error.ts";
import { textOf } from "../../body.ts";
import { callOf } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { isObject } from "../json.ts";
import { uuidOf } from "../uuids.ts";

const USUAL_SECONDS = 30;
const MOST_SECONDS = 3600;
/** Bytes; milliseconds. */
const LIMITS = { total: 4096, idle: 10_000 };

/** `POST /v1/auth/grant`: a key that a page may be given. The body is `{"ttl_seconds": n}`, an empty object, or nothing at all. */
export async function grant(
  request: Request,
  { grants }: Services,
): Promise<{ access_token: string; expires_in: number }> {
  const { client, temporary, signal } = callOf(request);
  if (temporary)
    throw new VerbatimError("forbidden", "A key that was made for a short while makes no further ones.", {
      reason: "temporary-key",
    });
  const seconds = readSeconds(await textOf(request.body, LIMITS, signal));
  return { access_token: grants.issue(client, seconds).token, expires_in: seconds };
}

function readSeconds(text: string): number {
  if (text.trim() === "") return USUAL_SECONDS;
  const body = parsed(text);
  const seconds = body.ttl_seconds ?? USUAL_SECONDS;
  if (typeof seconds === "number" && seconds >= 1 && seconds <= MOST_SECONDS) return seconds;
  throw new VerbatimError(
    "bad-request",
    `Invalid 'ttl_seconds' value of '${String(JSON.stringify(seconds)).slice(0, 100)}'. It must be a number from 1 to ${MOST_SECONDS}.`,
    { parameter: "ttl_seconds" },
  );
}

function parsed(text: string): { ttl_seconds?: unknown } {
  try {
    const body = JSON.parse(text);
    if (isObject(body)) return body;
  } catch {}
  throw new VerbatimError("bad-request", "The body must be a JSON object.", { reason: "json" });
}

const started = new Date();

/** `GET /v1/auth/token`: the key that was sent, by an id that does not tell it. */
export function tokenDetails(request: Request): object {
  const { client } = callOf(request);
  return { api_key_id: uuidOf(client), scopes: ["usage:write"], created: started.toISOString() };
}
