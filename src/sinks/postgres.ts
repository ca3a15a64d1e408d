/** PostgreSQL: one row per record. Its id is the primary key, so that what comes again is not there twice. */
import { SQL } from "bun";
import { answered, type Destination, PATIENCE, type Parcel, type Queued, type Settle } from "./destination.ts";
import { migrate } from "./postgres-schema.ts";

export interface PostgresOptions {
  url: string;
  schema: string;
  patience?: number | undefined;
}

export class Postgres implements Destination {
  readonly name = "postgres";
  readonly #options: PostgresOptions;
  #sql: SQL | undefined;

  constructor(options: PostgresOptions) {
    this.#options = options;
  }

  async deliver(batch: readonly Queued[], settle: Settle, signal: AbortSignal): Promise<void> {
    try {
      await this.#insert(batch, signal);
    } catch (thrown) {
      if (!isDataError(thrown)) throw thrown;
      // One record keeps the others from going in: each by itself, then.
      if (batch.length > 1) for (const parcel of batch) await this.deliver([parcel], settle, signal);
      else settle(batch, "refused");
      return;
    }
    settle(batch, "delivered");
  }

  async tell(partials: readonly Parcel[], signal: AbortSignal): Promise<void> {
    await this.#insert(partials, signal);
  }

  async close(): Promise<void> {
    const sql = this.#sql;
    this.#sql = undefined;
    await sql?.close({ timeout: 0 });
  }

  async #insert(parcels: readonly Parcel[], signal: AbortSignal): Promise<void> {
    const { schema } = this.#options;
    const records = `[${parcels.map(({ body }) => body).join(",")}]`;
    const insert = async () => {
      const sql = await this.#connected();
      await sql.unsafe(
        `INSERT INTO ${schema}.transcript
           (id, type, session, source, channel, from_seconds, to_seconds, text, words, language, model, recognized_at)
         SELECT id, type, session, source, channel, "from", "to", text, words, language, model, time
         FROM jsonb_to_recordset($1::text::jsonb) AS record (id uuid, type text, session text, source text, channel integer,
           "from" double precision, "to" double precision, text text, words jsonb, language text, model text, time timestamptz)
         ON CONFLICT (id) DO NOTHING`,
        [records],
      );
    };
    try {
      await answered(insert(), signal, this.#options.patience ?? PATIENCE);
    } catch (thrown) {
      if (!isDataError(thrown)) await this.close();
      throw thrown;
    }
  }

  /** The connection, made with the tables behind it when there is none. */
  async #connected(): Promise<SQL> {
    if (this.#sql) return this.#sql;
    const { url, schema } = this.#options;
    const database = decodeURIComponent(new URL(url).pathname.slice(1));
    // Named once more, because PGDATABASE would outrank the one in the address.
    const sql = new SQL({ url, max: 1, connectionTimeout: 10, ...(database ? { database } : {}) });
    this.#sql = sql;
    await migrate(sql, schema);
    return sql;
  }
}

/** Classes 22 and 23 of PostgreSQL's error codes: something is wrong with the data itself. */
function isDataError(thrown: unknown): boolean {
  return thrown instanceof SQL.PostgresError && /^2[23]/.test(String(thrown.errno));
}
