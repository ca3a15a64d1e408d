/** API keys: who may use the server, and how clients of different services present their key. */
import { timingSafeEqual } from "node:crypto";
import type { Grants } from "../dialects/grants.ts";
import { VerbatimError } from "../error.ts";

/**
 * The key of a request: `Authorization: Bearer|Token KEY`, Azure's `api-key` header, or a subprotocol, since a browser's WebSocket can send
 * nothing else: `token, KEY` as Deepgram's clients have it, `openai-insecure-api-key.KEY` as OpenAI's.
 */
export function presentedKey(headers: Headers): string | undefined {
  const [, authorization] = /^(?:bearer|token)\s+(\S+)\s*$/i.exec(headers.get("authorization") ?? "") ?? [];
  return authorization ?? (headers.get("api-key")?.trim() || subprotocolKey(headers));
}

function subprotocolKey(headers: Headers): string | undefined {
  const offered = (headers.get("sec-websocket-protocol") ?? "").split(",").map((protocol) => protocol.trim());
  const [scheme, key] = offered;
  if (/^(?:token|bearer)$/i.test(scheme ?? "") && key) return key;
  return offered.find((protocol) => protocol.startsWith(OPENAI_KEY))?.slice(OPENAI_KEY.length) || undefined;
}

const OPENAI_KEY = "openai-insecure-api-key.";

/** Who asks, whether the key is one that the server made for a short while, and what for. */
export interface Caller {
  client: string;
  temporary: boolean;
  about?: unknown;
}

/** The keys that open this server; none at all leaves it open. */
export class Keys {
  readonly #digests: Uint8Array[];

  readonly #grants: Grants;

  constructor(keys: readonly string[], grants: Grants) {
    this.#digests = keys.map(digest);
    this.#grants = grants;
  }

  get wanted(): boolean {
    return this.#digests.length > 0;
  }

  /**
   * Passes a request with a right key and names its owner (a digest, never the key); throws `unauthorized` otherwise. `elsewhere` is a key that
   * the request has in another place than its headers.
   */
  check(headers: Headers, elsewhere?: string): Caller | undefined {
    const key = presentedKey(headers) ?? elsewhere;
    const grant = key === undefined ? undefined : this.#grants.read(key);
    // Such a key means something also where none is wanted.
    if (grant !== undefined) return { ...grant, temporary: true };
    if (!this.wanted) return undefined;
    if (key === undefined)
      throw new VerbatimError(
        "unauthorized",
        "You didn't provide an API key. Send it in the header `Authorization: Bearer YOUR_KEY`.",
        { reason: "no-key" },
      );
    const given = digest(key);
    // Digests have one length, and every one is looked at: the time taken says nothing about any key.
    const right = this.#digests.filter((known) => timingSafeEqual(known, given)).length > 0;
    if (!right)
      throw new VerbatimError("unauthorized", `Incorrect API key provided: ${masked(key)}.`, { reason: "wrong-key" });
    return { client: `key:${Buffer.from(given).toString("hex", 0, 6)}`, temporary: false };
  }
}

/** Enough of a key for its owner to recognise it. */
function masked(key: string): string {
  if (key.length < 12) return "*".repeat(key.length);
  return `${key.slice(0, 3)}${"*".repeat(Math.min(20, key.length - 5))}${key.slice(-2)}`;
}

function digest(key: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(key).digest();
}
