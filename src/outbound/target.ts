/** A URL that a client gave us, checked before anybody is asked for it. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { VerbatimError } from "../error.ts";
import { isReachable } from "./networks.ts";

const LONGEST = 8192;

/** Where to connect to and what to say there. */
export interface Target {
  url: URL;
  /** Its host's addresses, all checked; the connection goes to one of these and to no other. */
  addresses: string[];
}

/** Reads a URL as one that may be asked for: http or https, and a host. Throws `bad-parameter` with reason `url-malformed`. */
export function checkTarget(text: string): URL {
  const url = text.length <= LONGEST && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "" || credentialsOf(url) === undefined)
    throw new VerbatimError("bad-parameter", "The URL must be a whole http or https URL.", {
      parameter: "url",
      reason: "url-malformed",
    });
  return url;
}

/** `user:password`; undefined where they are wrongly encoded. */
export function credentialsOf({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

/** Finds the addresses of a URL's host. One of them that may not be reached refuses them all: a name must not lead to several places. */
export async function resolveTarget(url: URL, networks: readonly string[], signal: AbortSignal): Promise<Target> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) ? [host] : await addressesOf(host, signal);
  if (!addresses.every((address) => isReachable(address, networks)))
    throw new VerbatimError("bad-parameter", "The URL's host must be publicly reachable.", {
      parameter: "url",
      reason: "url-private",
    });
  return { url, addresses };
}

async function addressesOf(host: string, signal: AbortSignal): Promise<string[]> {
  // A lookup cannot be called off; whoever waits for it can.
  const gone = Promise.withResolvers<never>();
  const leave = () => gone.reject(signal.reason);
  signal.addEventListener("abort", leave);
  try {
    signal.throwIfAborted();
    const found = await Promise.race([lookup(host, { all: true }).catch(() => []), gone.promise]);
    if (found.length === 0) throw unreachable(`The host ${host} was not found.`);
    return found.map(({ address }) => address);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

export function unreachable(message: string, cause?: unknown): VerbatimError {
  return new VerbatimError("bad-parameter", message, { parameter: "url", reason: "url-unreachable", cause });
}
