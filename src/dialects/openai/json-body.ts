/** Small JSON bodies. */
import { VerbatimError } from "../../error.ts";
import { checkLength, chunksOf } from "../body.ts";

/** Bytes; milliseconds. */
const LIMITS = { total: 1 << 20, idle: 30_000 };

/** A request's body as a JSON object; nothing is an empty one. */
export async function readJson(
  { body, headers }: Pick<Request, "body" | "headers">,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  checkLength(headers, LIMITS.total);
  const chunks: Uint8Array[] = [];
  if (body) for await (const chunk of chunksOf(body, LIMITS, signal)) chunks.push(chunk);
  const text = new TextDecoder().decode(Buffer.concat(chunks));
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
