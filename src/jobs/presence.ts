/**
 * Who is alive. Each server holds a lock on a file of its own, which the operating system gives up when the process ends, however it ends: no
 * process ids to compare, no clocks, nothing to renew. The lock is the one that SQLite takes on an empty database.
 */
import { Database, SQLiteError } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file this young may belong to a server that has not locked it yet. */
const YOUNG_MS = 60_000;

export class Presence {
  readonly id = crypto.randomUUID();
  readonly #folder: string;
  readonly #lock: Database;

  /** From here until it is closed, or this process ends, others find it present. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#lock = new Database(join(folder, this.id));
    lock(this.#lock);
    for (const name of readdirSync(folder))
      if (Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > YOUNG_MS)
        this.isPresent(name);
  }

  /** Whether the server with this id is alive; the file of a dead one goes. */
  isPresent(id: string): boolean {
    if (id === this.id) return true;
    const path = join(this.#folder, id);
    if (!existsSync(path)) return false;
    const file = new Database(path);
    try {
      lock(file);
    } catch (thrown) {
      if (thrown instanceof SQLiteError && thrown.code === "SQLITE_BUSY") return true;
      throw thrown;
    } finally {
      file.close();
    }
    rmSync(path, { force: true });
    return false;
  }

  close(): void {
    this.#lock.close();
    rmSync(join(this.#folder, this.id), { force: true });
  }
}

function lock(database: Database): void {
  // Nothing is ever written, so nothing needs a journal on disk.
  database.run("PRAGMA journal_mode = MEMORY");
  database.run("BEGIN EXCLUSIVE");
}
