/**
 * Requests to URLs that clients name. Each hop's host is resolved and checked first, and the connection goes to the checked address itself, so
 * that no second answer of the DNS leads elsewhere.
 */
import { toVerbatimError, VerbatimError } from "../error.ts";
import { bounded } from "./bounded.ts";
import { connect } from "./connect.ts";
import { checkTarget, credentialsOf, resolveTarget, unreachable } from "./target.ts";

export interface OpenUrlOptions {
  method?: "GET" | "POST" | "PUT";
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  /** Networks that may be reached although they are not public, as `10.0.0.0/8`; `*` for all. */
  networks: readonly string[];
  /** Of the answer's body. */
  maxBytes?: number;
  maxRedirects?: number;
  /** Seconds until an answer begins, for each hop. */
  connectTimeout?: number;
  /** Seconds without a byte of the body. */
  idleTimeout?: number;
  signal?: AbortSignal;
}

export interface OpenedUrl {
  /** Where the redirects led to. */
  url: URL;
  status: number;
  headers: Headers;
  /** To be read or cancelled. */
  body: ReadableStream<Uint8Array>;
}

const MAX_REDIRECTS = 5;
const CONNECT_TIMEOUT = 10;
const IDLE_TIMEOUT = 30;

/**
 * Asks for a URL and answers with whatever status comes back; the redirects of a GET are followed. Rejects with `bad-parameter` and the
 * reason `url-malformed`, `url-private`, `url-redirects` or `url-unreachable`, or with `timeout`, `too-large` or `cancelled`; so does the body.
 */
export async function openUrl(text: string, options: OpenUrlOptions): Promise<OpenedUrl> {
  let url = checkTarget(text);
  const headers = new Headers(options.headers);
  authorize(url, headers);
  for (let redirects = 0; ; redirects++) {
    const hop = new AbortController();
    const stop = () => hop.abort(options.signal?.reason);
    options.signal?.addEventListener("abort", stop);
    const release = () => options.signal?.removeEventListener("abort", stop);
    try {
      if (options.signal?.aborted) stop();
      const response = await answer(url, headers, options, hop);
      const next = redirectOf(response, url, options);
      if (next === undefined) {
        const { maxBytes = Number.POSITIVE_INFINITY, idleTimeout = IDLE_TIMEOUT } = options;
        const body = bounded(response, { maxBytes, idleTimeout, hop, release });
        return { url, status: response.status, headers: response.headers, body };
      }
      if (redirects >= (options.maxRedirects ?? MAX_REDIRECTS)) throw tooManyRedirects();
      if (next.origin !== url.origin) headers.delete("authorization");
      authorize(next, headers);
      url = next;
      // Its body is of no interest, and may be endless.
      hop.abort();
      release();
    } catch (thrown) {
      hop.abort();
      release();
      throw toVerbatimError(thrown);
    }
  }
}

/** One request and the head of its answer. */
async function answer(url: URL, headers: Headers, options: OpenUrlOptions, hop: AbortController): Promise<Response> {
  const timer = setTimeout(
    () => hop.abort(new VerbatimError("timeout", "The URL's host did not answer in time.", { reason: "url" })),
    (options.connectTimeout ?? CONNECT_TIMEOUT) * 1000,
  );
  try {
    const target = await resolveTarget(url, options.networks, hop.signal);
    return await connect(target, headers, options, hop.signal);
  } catch (thrown) {
    // Bun's word for an abort in the middle of a connection is a refused one; who aborted knows why.
    if (hop.signal.aborted) throw hop.signal.reason;
    if (thrown instanceof VerbatimError) throw thrown;
    throw unreachable("The URL's host could not be reached.", thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** Where an answer sends a GET to. */
function redirectOf({ status, headers }: Response, url: URL, { method = "GET" }: OpenUrlOptions): URL | undefined {
  const location = headers.get("location");
  if (method !== "GET" || location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  return checkTarget(URL.canParse(location, url.href) ? new URL(location, url).href : "");
}

/** Credentials in the URL are HTTP's Basic authentication (RFC 7617). */
function authorize(url: URL, headers: Headers): void {
  if (url.username === "" && url.password === "") return;
  headers.set("authorization", `Basic ${Buffer.from(credentialsOf(url) ?? "").toString("base64")}`);
  url.username = "";
  url.password = "";
}

function tooManyRedirects(): VerbatimError {
  return new VerbatimError("bad-parameter", "The URL redirects too often.", {
    parameter: "url",
    reason: "url-redirects",
  });
}
