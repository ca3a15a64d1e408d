/** The file of jobs: its tables, and how a file of another version is met. */
import { Database, SQLiteError } from "bun:sqlite";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { VerbatimError } from "../error.ts";

/** Each brings a file of the version before it, counted from 0, to the next. Times are milliseconds since 1970. */
const MIGRATIONS = [
  `CREATE TABLE job (
     id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, owner TEXT,
     accepted INTEGER NOT NULL, at INTEGER NOT NULL, runs INTEGER NOT NULL, deliveries INTEGER NOT NULL,
     request TEXT NOT NULL, audio TEXT, url TEXT NOT NULL, method TEXT NOT NULL,
     result BLOB, content_type TEXT, bytes INTEGER NOT NULL, note TEXT) STRICT;
   CREATE INDEX job_due ON job (state, at) WHERE owner IS NULL;
   CREATE INDEX job_owner ON job (owner) WHERE owner IS NOT NULL;`,
];

/** Opens the file, or makes it; a file that this program does not understand is left alone. */
export function openDatabase(path: string): Database {
  let database: Database | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const isNew = !existsSync(path);
    database = new Database(path, { create: true, strict: true });
    // Recordings' words are in it.
    if (isNew) chmodSync(path, 0o600);
    prepare(database, path);
    return database;
  } catch (thrown) {
    database?.close();
    if (thrown instanceof VerbatimError) throw thrown;
    const why = thrown instanceof SQLiteError ? thrown.code : (thrown as NodeJS.ErrnoException).code;
    throw new VerbatimError(
      "internal",
      `The jobs in ${path} cannot be read (${why}). Move the file away, or set VERBATIM_DATA_DIR to another folder.`,
      { cause: thrown },
    );
  }
}

function prepare(database: Database, path: string): void {
  database.run("PRAGMA busy_timeout = 5000");
  const read = database.query<{ user_version: number }, []>("PRAGMA user_version");
  const version = () => read.get()?.user_version ?? 0;
  try {
    // Before anything is written.
    if (version() > MIGRATIONS.length) throw newer(path, version());
    // What was promised must outlast a power cut, and what is deleted is to be gone.
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    database.run("PRAGMA secure_delete = ON");
    // Two servers may start at the same time: whoever comes second finds it done.
    database.transaction(() => migrate(database, version())).immediate();
  } finally {
    read.finalize();
  }
}

function migrate(database: Database, version: number): void {
  if (version >= MIGRATIONS.length) return;
  for (const step of MIGRATIONS.slice(version)) database.run(step);
  database.run(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

function newer(path: string, version: number): VerbatimError {
  return new VerbatimError(
    "conflict",
    `The jobs in ${path} were written by a newer Verbatim (version ${version}; this one reads up to ${MIGRATIONS.length}). ` +
      "Run that one, or set VERBATIM_DATA_DIR to another folder.",
  );
}
