/**
 * Webhook signatures as standardwebhooks.com describes them: HMAC-SHA256 over `id.timestamp.body`, in base64, with the version before it.
 */
import { createHmac } from "node:crypto";
import { VerbatimError } from "../error.ts";

export class Signer {
  readonly #key: Uint8Array;

  /** `whsec_` and base64, as that specification writes secrets, or any other text, whose bytes are the key. */
  constructor(secret: string) {
    this.#key = secret.startsWith("whsec_") ? fromBase64(secret.slice(6)) : new TextEncoder().encode(secret);
  }

  /** The headers of one attempt; `seconds` is the time of it (Unix time), against replays. */
  headers(id: string, seconds: number, body: string): Record<string, string> {
    const mac = createHmac("sha256", this.#key).update(`${id}.${seconds}.${body}`).digest("base64");
    return { "webhook-id": id, "webhook-timestamp": `${seconds}`, "webhook-signature": `v1,${mac}` };
  }
}

function fromBase64(text: string): Uint8Array {
  try {
    const key = Uint8Array.fromBase64(text);
    if (key.length > 0) return key;
  } catch {}
  throw new VerbatimError("bad-parameter", "sinks.webhook-secret begins with whsec_, and what follows is not base64.", {
    parameter: "sinks.webhook-secret",
  });
}
