/** One HTTP request for a model file, as far as the head of its answer. */
import { VerbatimError } from "../error.ts";

/** A model host sends to one content server, which may send on once. */
const MAX_REDIRECTS = 5;

export interface FileRequest {
  url: string;
  /** Goes to the first address only: a content server that is redirected to must not learn it. */
  token?: string | undefined;
  /** Skip so many bytes, which are here already. */
  from: number;
  signal: AbortSignal;
}

/** Worth another try: the connection broke, or the server is busy. */
export class Interrupted extends Error {}

/** Asks for a file, following redirects; the proxy variables (`HTTPS_PROXY`, `NO_PROXY`) are Bun's. Throws `Interrupted` or says what is wrong. */
export async function requestFile({ url, token, from, signal }: FileRequest): Promise<Response> {
  const { origin } = new URL(url);
  let address = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(address, {
      redirect: "manual",
      signal,
      headers: {
        "user-agent": "verbatim",
        // Weights do not compress, and byte ranges are of the bare file.
        "accept-encoding": "identity",
        ...(from > 0 ? { range: `bytes=${from}-` } : {}),
        ...(token && new URL(address).origin === origin ? { authorization: `Bearer ${token}` } : {}),
      },
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new Interrupted(`${new URL(address).host} cannot be reached (${reasonOf(cause)})`, { cause });
    });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || !location) return accepted(response, url, from);
    await response.body?.cancel();
    address = new URL(location, address).href;
  }
  throw new VerbatimError("model-missing", `${url} redirects in circles.`);
}

function accepted(response: Response, url: string, from: number): Response {
  const { status } = response;
  const host = new URL(url).host;
  if (status === 200 || status === 206 || (status === 416 && from > 0)) return response;
  void response.body?.cancel();
  if (status === 429 || status >= 500) throw new Interrupted(`${host} answers ${status}`);
  throw new VerbatimError("model-missing", `${host} answers ${status} for ${url}${HINTS[status] ?? "."}`);
}

const HINTS: Record<number, string> = {
  401: ": it asks for a token. Set HF_TOKEN.",
  403: ": it refuses. If the model is restricted, set HF_TOKEN.",
  404: ": it has no such file. If hf-endpoint is a mirror, it may lack this model.",
};

/** The first sentence of a network error; Bun adds advice for programmers. */
export function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\.(\s[\s\S]*)?$/, "");
}
