/**
 * What waits for the sinks, on disk. A record is written once, with a row for every sink that is still to get it. The write-ahead log
 * without a sync per record is enough for a process that is killed; a power cut may cost the last moments.
 */
import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { VerbatimError } from "../error.ts";
import type { Parcel, Queued, SinkName } from "./destination.ts";

/** Each brings a file of the version before it, counted from 0, to the next. */
const MIGRATIONS = [
  `CREATE TABLE record (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, session TEXT NOT NULL, body TEXT NOT NULL,
     size INTEGER NOT NULL, created INTEGER NOT NULL) STRICT;
   CREATE TABLE waiting (sink TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (sink, seq)) STRICT, WITHOUT ROWID;
   CREATE INDEX waiting_by_record ON waiting (seq);
   CREATE TABLE done (work TEXT PRIMARY KEY, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
];

/** What a row and its index cost beside the text, roughly. */
const ROW_BYTES = 200;

/** How many records each sink will not get. */
export type Dropped = Map<SinkName, number>;

interface AddOptions {
  work?: string | undefined;
  /** Milliseconds. */
  now?: number;
}

interface Row {
  seq: number;
}

interface Count {
  count: number;
}

export class SinkQueue {
  readonly #database: Database;
  readonly #most: number;
  readonly #statements: ReturnType<typeof prepareAll>;
  #bytes = 0;

  /** Opens or makes the file; `most` bytes may wait in it. */
  constructor(path: string, most: number) {
    this.#most = most;
    this.#database = open(path);
    this.#statements = prepareAll(this.#database);
    this.#measure();
  }

  /** Of all records that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  waiting(sink: SinkName): number {
    return this.#statements.waiting.get(sink)?.count ?? 0;
  }

  /** Writes records for some sinks, all or none; returns what had to go to make room. A work's records are written once. */
  add(parcels: readonly Parcel[], sinks: readonly SinkName[], { work, now = Date.now() }: AddOptions = {}): Dropped {
    const { insert, await: awaiting, done } = this.#statements;
    return this.#together(() => {
      if (work !== undefined && done.run(work, now).changes === 0) return new Map();
      for (const { id, session, body } of parcels) {
        const size = Buffer.byteLength(body) + ROW_BYTES;
        const { seq } = insert.get(id, session, body, size, now) as Row;
        for (const sink of sinks) awaiting.run(sink, seq);
        this.#bytes += size;
      }
      return this.#drop(() => this.#bytes > this.#most);
    });
  }

  /** The oldest that a sink is still to get. */
  next(sink: SinkName, most: number): Queued[] {
    return this.#statements.next.all(sink, most);
  }

  /** Forgets that a sink is to get these; returns for how many that was news. */
  settle(sink: SinkName, parcels: readonly Queued[]): number {
    const { settle, sinksOf } = this.#statements;
    return this.#together(() => {
      let settled = 0;
      for (const { seq } of parcels) {
        settled += settle.run(sink, seq).changes;
        if (!sinksOf.get(seq)) this.#remove(seq);
      }
      return settled;
    });
  }

  /** Drops what was written before a time (milliseconds), and forgets what work was done then. */
  expire(before: number): Dropped {
    return this.#together(() => {
      this.#statements.forget.run(before);
      return this.#drop((oldest) => oldest.created < before);
    });
  }

  /** A line that a destination keeps for its own next start. */
  note(name: string): string | undefined {
    return this.#statements.note.get(name)?.value;
  }

  setNote(name: string, value: string): void {
    this.#statements.setNote.run(name, value);
  }

  close(): void {
    // Before these are gone the file stays open, and locked.
    for (const statement of Object.values(this.#statements)) statement.finalize();
    this.#database.close(true);
  }

  #drop(goes: (oldest: Row & { created: number }) => boolean): Dropped {
    const { oldest, sinksOf, unawait } = this.#statements;
    const dropped: Dropped = new Map();
    for (let next = oldest.get(); next && goes(next); next = oldest.get()) {
      for (const { sink } of sinksOf.all(next.seq)) dropped.set(sink, (dropped.get(sink) ?? 0) + 1);
      unawait.run(next.seq);
      this.#remove(next.seq);
    }
    return dropped;
  }

  #remove(seq: number): void {
    this.#bytes -= this.#statements.remove.get(seq)?.size ?? 0;
  }

  /** In one transaction; when it fails, nothing has happened. `Database.transaction` keeps statements that nobody can finalize. */
  #together<Result>(work: () => Result): Result {
    this.#database.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.run("COMMIT");
      return result;
    } catch (thrown) {
      if (this.#database.inTransaction) this.#database.run("ROLLBACK");
      this.#measure();
      throw thrown;
    }
  }

  #measure(): void {
    this.#bytes = this.#statements.sum.get()?.count ?? 0;
  }
}

function prepareAll(database: Database) {
  return {
    insert: database.prepare<Row, [string, string, string, number, number]>(
      "INSERT INTO record (id, session, body, size, created) VALUES (?, ?, ?, ?, ?) RETURNING seq",
    ),
    done: database.prepare<unknown, [string, number]>("INSERT OR IGNORE INTO done (work, created) VALUES (?, ?)"),
    forget: database.prepare<unknown, [number]>("DELETE FROM done WHERE created < ?"),
    await: database.prepare<unknown, [string, number]>("INSERT INTO waiting (sink, seq) VALUES (?, ?)"),
    next: database.prepare<Queued, [string, number]>(
      "SELECT seq, id, session, body FROM waiting JOIN record USING (seq) WHERE sink = ? ORDER BY seq LIMIT ?",
    ),
    settle: database.prepare<unknown, [string, number]>("DELETE FROM waiting WHERE sink = ? AND seq = ?"),
    unawait: database.prepare<unknown, [number]>("DELETE FROM waiting WHERE seq = ?"),
    remove: database.prepare<{ size: number }, [number]>("DELETE FROM record WHERE seq = ? RETURNING size"),
    oldest: database.prepare<Row & { created: number }, []>("SELECT seq, created FROM record ORDER BY seq LIMIT 1"),
    sinksOf: database.prepare<{ sink: SinkName }, [number]>("SELECT sink FROM waiting WHERE seq = ?"),
    waiting: database.prepare<Count, [string]>("SELECT count(*) AS count FROM waiting WHERE sink = ?"),
    sum: database.prepare<Count, []>("SELECT coalesce(sum(size), 0) AS count FROM record"),
    note: database.prepare<{ value: string }, [string]>("SELECT value FROM note WHERE name = ?"),
    setNote: database.prepare<unknown, [string, string]>("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)"),
  };
}

function open(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let database: Database | undefined;
  try {
    database = new Database(path, { create: true });
    // What people said is nobody else's, not even what is left of it in free pages.
    chmodSync(path, 0o600);
    // Held as long as the process lives: two that deliver from one queue would deliver everything twice.
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    database.run("PRAGMA secure_delete = ON");
    migrate(database, path);
    return database;
  } catch (thrown) {
    database?.close();
    if (thrown instanceof VerbatimError) throw thrown;
    const { code, message } = thrown as Error & { code?: string };
    const reason = code === "SQLITE_BUSY" ? "another Verbatim uses it" : message;
    throw new VerbatimError("conflict", `The queue ${path} for the sinks cannot be used: ${reason}.`, {
      cause: thrown,
    });
  }
}

function migrate(database: Database, path: string): void {
  const statement = database.prepare<{ user_version: number }, []>("PRAGMA user_version");
  const version = statement.get()?.user_version ?? 0;
  statement.finalize();
  if (version > MIGRATIONS.length)
    throw new VerbatimError(
      "conflict",
      `The queue ${path} for the sinks was written by a newer version of this program.`,
    );
  for (const [i, step] of MIGRATIONS.entries())
    if (i >= version) database.run(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${i + 1}; COMMIT`);
}
