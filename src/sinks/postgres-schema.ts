/** The tables in PostgreSQL: made when they are not there, and brought up to date when this program is newer than they are. */
import type { SQL } from "bun";
import { VerbatimError } from "../error.ts";

/** Each brings a schema of the version before it, counted from 0, to the next. Never changed once released: a change is a new one. */
const MIGRATIONS = [
  (schema: string) => `
    CREATE TABLE ${schema}.transcript (
      id uuid PRIMARY KEY,
      type text NOT NULL,
      session text NOT NULL,
      source text NOT NULL,
      channel integer NOT NULL,
      from_seconds double precision NOT NULL,
      to_seconds double precision NOT NULL,
      text text NOT NULL,
      words jsonb NOT NULL,
      language text,
      model text NOT NULL,
      recognized_at timestamptz NOT NULL
    );
    CREATE INDEX transcript_session ON ${schema}.transcript (session, channel, from_seconds);
    CREATE INDEX transcript_recognized_at ON ${schema}.transcript (recognized_at)`,
];

/** A number of our own for PostgreSQL's advisory locks: servers that start at the same time migrate one after the other. */
const LOCK = 7_623_418_905;

/** Brings the schema to this program's version. `schema` is a plain name: the settings take no other. */
export async function migrate(sql: SQL, schema: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${LOCK})`;
    const [there] = await transaction`SELECT to_regnamespace(${schema}) IS NOT NULL AS found`;
    // Looked for first: IF NOT EXISTS asks for the right to create even where there is nothing to create.
    if (!there.found) await transaction.unsafe(`CREATE SCHEMA ${schema}`);
    const [table] = await transaction`SELECT to_regclass(${`${schema}.migration`}) IS NOT NULL AS found`;
    if (!table.found)
      await transaction.unsafe(
        `CREATE TABLE ${schema}.migration (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
      );
    const [row] = await transaction.unsafe(`SELECT coalesce(max(version), 0)::int AS version FROM ${schema}.migration`);
    const version: number = row.version;
    if (version > MIGRATIONS.length)
      throw new VerbatimError(
        "conflict",
        `The PostgreSQL schema ${schema} was made by a newer version of this program.`,
      );
    for (const [i, migration] of MIGRATIONS.entries()) {
      if (i < version) continue;
      await transaction.unsafe(migration(schema));
      await transaction.unsafe(`INSERT INTO ${schema}.migration (version) VALUES (${i + 1})`);
    }
  });
}
