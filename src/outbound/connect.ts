/** A request to a host by one of its addresses. */
import { isIP } from "node:net";
import { type Target, unreachable } from "./target.ts";

export interface Connection {
  method?: "GET" | "POST" | "PUT";
  body?: Uint8Array;
}

/** Failures before anything was sent. */
const NOT_CONNECTED = /^(?:E(?:CONNREFUSED|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL)|FailedToOpenSocket)$/;

/** Tries a host's addresses one after another while none of them takes the connection, and answers with the head of what comes back. */
export async function connect(
  { url, addresses }: Target,
  headers: Headers,
  connection: Connection,
  signal: AbortSignal,
): Promise<Response> {
  for (const [i, address] of addresses.entries())
    try {
      return await request(url, address, headers, connection, signal);
    } catch (thrown) {
      const { code = "" } = thrown as NodeJS.ErrnoException;
      if (signal.aborted || i === addresses.length - 1 || !NOT_CONNECTED.test(code)) throw thrown;
    }
  throw unreachable("The URL's host has no address.");
}

function request(
  url: URL,
  address: string,
  given: Headers,
  { method = "GET", body }: Connection,
  signal: AbortSignal,
): Promise<Response> {
  const pinned = new URL(url);
  pinned.hostname = isIP(address) === 6 ? `[${address}]` : address;
  const headers = new Headers(given);
  headers.set("host", url.host);
  const isName = isIP(url.hostname.replace(/^\[|\]$/g, "")) === 0;
  return fetch(pinned.href, {
    method,
    headers,
    redirect: "manual",
    signal,
    // A connection that is kept is found again by its address, whatever name was asked for there before.
    keepalive: false,
    ...(body ? { body } : {}),
    ...(isName ? { tls: { serverName: url.hostname } } : {}),
  } as BunFetchRequestInit);
}
