/**
 * A lock between processes. It is the lock that SQLite takes on an empty database, which the operating system gives up when its holder
 * ends, however that ends: no process ids to compare, nothing that can be left behind locked.
 */
import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { VerbatimError } from "../error.ts";
import { abortable } from "./abortable.ts";
import { writable } from "./disk.ts";

/** Between two tries, in milliseconds. */
const TRY_AGAIN = 200;

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Told at each try that another process has it. */
  waiting?: (() => void) | undefined;
}

/** Runs `work` while no other process, and nothing else in this one, holds the lock at `path`. */
export async function withLock<Result>(
  path: string,
  { signal, waiting }: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  writable(dirname(path), () => mkdirSync(dirname(path), { recursive: true }));
  const database = openLockFile(path);
  try {
    while (!tryLock(database)) {
      waiting?.();
      await abortable(Bun.sleep(TRY_AGAIN), signal);
    }
    return await work();
  } finally {
    // Closing rolls back, which releases.
    database.close();
  }
}

function openLockFile(path: string): Database {
  try {
    return new Database(path);
  } catch (thrown) {
    if (!(thrown instanceof SQLiteError)) throw thrown;
    const message = `The cache folder ${dirname(path)} cannot be written (${thrown.code}). Set VERBATIM_CACHE_DIR to another folder.`;
    throw new VerbatimError("internal", message, { cause: thrown });
  }
}

function tryLock(database: Database): boolean {
  try {
    database.run("BEGIN EXCLUSIVE");
    return true;
  } catch (thrown) {
    if (thrown instanceof SQLiteError && thrown.code === "SQLITE_BUSY") return false;
    throw thrown;
  }
}
