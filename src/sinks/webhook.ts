/**
 * A POST request per record. Records of one session go one after the other, those of several at the same time. A receiver may see one twice:
 * when its answer was lost, or this process was killed before it had noted the answer. The id in `webhook-id` tells.
 */
import { VerbatimError } from "../error.ts";
import { type Destination, PATIENCE, type Parcel, type Queued, type Settle } from "./destination.ts";
import { Signer } from "./signature.ts";

/** Requests at the same time. */
const MOST_REQUESTS = 8;

/** What a receiver answers when there is something wrong with this very record; anything else may pass. */
const REFUSALS = new Set([400, 413, 415, 422]);

export interface WebhookOptions {
  url: string;
  secret?: string | undefined;
  token?: string | undefined;
  patience?: number | undefined;
}

export class Webhook implements Destination {
  readonly name = "webhook";
  readonly #url: string;
  readonly #signer: Signer | undefined;
  readonly #headers: Record<string, string>;
  readonly #patience: number;

  constructor({ url, secret, token, patience = PATIENCE }: WebhookOptions) {
    this.#url = url;
    this.#patience = patience;
    this.#signer = secret === undefined ? undefined : new Signer(secret);
    this.#headers = { "content-type": "application/json", "user-agent": "verbatim" };
    if (token !== undefined) this.#headers.authorization = `Bearer ${token}`;
  }

  async deliver(batch: readonly Queued[], settle: Settle, signal: AbortSignal): Promise<void> {
    const sessions = [...Map.groupBy(batch, ({ session }) => session).values()];
    const troubles: unknown[] = [];
    const work = async () => {
      // One that failed would fail again: the others end what they have begun.
      for (let parcels = sessions.shift(); parcels && troubles.length === 0; parcels = sessions.shift())
        for (const parcel of parcels) {
          if (troubles.length > 0) return;
          settle([parcel], await this.#post(parcel, signal));
        }
    };
    const caught = () => work().catch((thrown) => void troubles.push(thrown));
    await Promise.all(Array.from({ length: MOST_REQUESTS }, caught));
    if (troubles.length > 0) throw troubles[0];
  }

  async tell(partials: readonly Parcel[], signal: AbortSignal): Promise<void> {
    const left = [...partials];
    const work = async () => {
      for (let parcel = left.shift(); parcel; parcel = left.shift()) await this.#post(parcel, signal);
    };
    await Promise.all(Array.from({ length: MOST_REQUESTS }, work));
  }

  async close(): Promise<void> {}

  async #post({ id, body }: Parcel, signal: AbortSignal): Promise<"delivered" | "refused"> {
    const now = Math.floor(Date.now() / 1000);
    const headers = { ...this.#headers, "webhook-id": id, ...this.#signer?.headers(id, now, body) };
    // Never another address than the one that was named: a redirect counts as a failure.
    const response = await fetch(this.#url, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#patience)]),
      redirect: "manual",
    });
    await response.body?.cancel();
    if (response.ok) return "delivered";
    if (REFUSALS.has(response.status)) return "refused";
    const after = Number(response.headers.get("retry-after"));
    throw new VerbatimError("busy", `The webhook answered ${response.status}.`, after > 0 ? { retryAfter: after } : {});
  }
}
