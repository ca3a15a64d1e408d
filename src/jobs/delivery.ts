/** One try to hand a result to its receiver. */
import { toVerbatimError } from "../error.ts";
import { openUrl } from "../outbound/open-url.ts";
import type { Callback, JobResult } from "./job.ts";

/** Seconds that a receiver may take to answer. */
const PATIENCE = 30;

/** What came of it: taken, not taken now, never to be taken, or given up because the server stops. */
export interface Delivery {
  outcome: "taken" | "again" | "never" | "stopped";
  /** Why not. */
  note?: string;
}

/** Sends the result; any status of 200 to 299 means that it was taken. Does not throw. */
export async function deliver(
  { body, contentType }: JobResult,
  { url, method }: Callback,
  networks: readonly string[],
  signal: AbortSignal,
): Promise<Delivery> {
  try {
    const headers = { "content-type": contentType };
    const options = { method, headers, body, networks, connectTimeout: PATIENCE, signal };
    const answer = await openUrl(url, options);
    await answer.body.cancel();
    if (answer.status >= 200 && answer.status <= 299) return { outcome: "taken" };
    return { outcome: "again", note: `The receiver answered ${answer.status}.` };
  } catch (thrown) {
    if (signal.aborted) return { outcome: "stopped" };
    const { reason, message } = toVerbatimError(thrown);
    return { outcome: reason === "url-private" || reason === "url-malformed" ? "never" : "again", note: message };
  }
}
