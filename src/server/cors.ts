/**
 * Cross-origin requests (Fetch standard, section 3.2). Without a setting, any page may ask where a key is wanted, since no browser sends one by
 * itself; a server without keys answers pages of the machine it runs on, for others could listen to its microphone or delete its models.
 */

import { isIP } from "node:net";
import { hostname } from "node:os";
import { VerbatimError } from "../error.ts";

/** Headers of ours that a web page may read. */
const EXPOSED =
  "x-request-id, dg-request-id, dg-error, x-verbatim-model, x-verbatim-ignored, x-verbatim-detail, retry-after";

const READING = new Set(["GET", "HEAD"]);

export class Cors {
  readonly #origins: ReadonlySet<string>;
  readonly #isKeyWanted: boolean;

  constructor(origins: readonly string[], isKeyWanted: boolean) {
    this.#origins = new Set(origins.map((origin) => origin.replace(/\/$/, "").toLowerCase()));
    this.#isKeyWanted = isKeyWanted;
  }

  /** The answer to a preflight, or nothing when this is none. What an SDK wants to send is never the same twice, so it is echoed. */
  preflight(request: Request): Response | undefined {
    const { headers } = request;
    if (request.method !== "OPTIONS" || !headers.has("origin") || !headers.has("access-control-request-method"))
      return undefined;
    const response = new Response(null, { status: 204 });
    if (!this.allows(headers.get("origin"))) return response;
    response.headers.set("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    response.headers.set("access-control-allow-headers", headers.get("access-control-request-headers") ?? "");
    response.headers.set("access-control-max-age", "86400");
    // A page from the public web that talks to this machine (Private Network Access).
    if (headers.has("access-control-request-private-network"))
      response.headers.set("access-control-allow-private-network", "true");
    return response;
  }

  /** Adds to an answer what lets the page read it. */
  apply(request: Request, response: Response): void {
    const origin = request.headers.get("origin");
    if (origin === null) return;
    response.headers.append("vary", "origin");
    if (!this.allows(origin)) return;
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-allow-credentials", "true");
    response.headers.set("access-control-expose-headers", EXPOSED);
  }

  /**
   * Refuses what a page of another site sends: CORS keeps the answer from it, and it would have started the microphone all the same. And a page
   * that takes itself for one of the server's own and may not be: anybody's name can be made to mean this machine (DNS rebinding), and the
   * browser then sees no other origin in it. Programs that have a scheme of their own (`app:`, `chrome-extension:`) are no pages.
   */
  checkRequest(request: Request): void {
    const { method, headers } = request;
    const origin = headers.get("origin");
    if (origin === null || !/^(?:https?:|null$)/i.test(origin)) return;
    if (!READING.has(method) || isSaidToBeOwn(origin, headers)) this.checkPage(request);
  }

  /** Refuses a page of another site: for sockets, which know no CORS. */
  checkPage({ headers }: Pick<Request, "headers">): void {
    const origin = headers.get("origin");
    if (origin === null || this.allows(origin)) return;
    if (isSaidToBeOwn(origin, headers) && (this.#isKeyWanted || isNoStrangers(origin))) return;
    throw new VerbatimError(
      "forbidden",
      `Pages of ${origin.slice(0, 200)} may not use this server; cors-origins allows them.`,
    );
  }

  /** Whether pages of this origin may use the server. */
  allows(origin: string | null): boolean {
    if (origin === null) return false;
    if (this.#origins.size === 0) return this.#isKeyWanted || isOfThisMachine(origin);
    return this.#origins.has("*") || this.#origins.has(origin.toLowerCase());
  }
}

/** A page that a program on the reader's own machine serves. */
function isOfThisMachine(origin: string): boolean {
  return /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(origin);
}

/** A page that came from the address at which it asks. */
function isSaidToBeOwn(origin: string, headers: Headers): boolean {
  return URL.parse(origin)?.host === headers.get("host")?.toLowerCase();
}

/** Addresses, names without a dot, this machine's, and those that no public name server knows (RFC 6761, 6762, 8375). */
function isNoStrangers(origin: string): boolean {
  const name = (URL.parse(origin)?.hostname ?? "").replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  return (
    isIP(name) !== 0 ||
    !name.includes(".") ||
    /\.(?:localhost|local|internal|lan|home\.arpa)$/.test(name) ||
    name === hostname().toLowerCase()
  );
}
