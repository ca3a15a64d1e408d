/** API keys: who may use the server, and how clients of different services present their key. */
import { timingSafeEqual } from "node:crypto";
import { VerbatimError } from "../error.ts";

/** The key of a request: `Authorization: Bearer|Token KEY`, or Azure's `api-key` header. */
export function presentedKey(headers: Headers): string | undefined {
  const [, authorization] = /^(?:bearer|token)\s+(\S+)\s*$/i.exec(headers.get("authorization") ?? "") ?? [];
  return authorization ?? (headers.get("api-key")?.trim() || undefined);
}

/** The keys that open this server; none at all leaves it open. */
export class Keys {
  readonly #digests: Uint8Array[];

  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digest);
  }

  get wanted(): boolean {
    return this.#digests.length > 0;
  }

  /** Passes a request with a right key and names its owner (a digest, never the key); throws `unauthorized` otherwise. */
  check(headers: Headers): string | undefined {
    if (!this.wanted) return undefined;
    const key = presentedKey(headers);
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
    return `key:${Buffer.from(given).toString("hex", 0, 6)}`;
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
