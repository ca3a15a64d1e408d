/** Small JSON bodies. */
import { VerbatimError } from "../../error.ts";
import { checkLength, textOf } from "../body.ts";
import { callOf } from "../call.ts";
import type { Services } from "../dialect.ts";
import { Hold } from "../hold.ts";

/** Bytes; milliseconds. */
const LIMITS = { total: 1 << 20, idle: 30_000 };

/** A request's body as a JSON object; nothing is an empty one. */
export async function readJson(request: Request, { spool }: Pick<Services, "spool">): Promise<Record<string, unknown>> {
  checkLength(request.headers, LIMITS.total);
  using hold = new Hold(spool);
  const text = await textOf(request.body, LIMITS, callOf(request).signal, hold);
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new VerbatimError("bad-request", "We could not parse the JSON body of your request.", { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new VerbatimError("bad-request", "The body of your request must be a JSON object.");
}
