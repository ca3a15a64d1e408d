/**
 * Files of ours for uploads that are too big to hold in memory: random names, mode 0600, gone when their request is answered.
 * What a killed server left behind is swept at the next start.
 */
import { mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { VerbatimError } from "../error.ts";

const DAY_MS = 24 * 3600 * 1000;

/** Folders may be shared between hosts (containers, above all): a file says which host's process owns it. */
const HOST = Bun.hash(hostname()).toString(16).padStart(16, "0");

export interface SpoolFile {
  path: string;
  handle: FileHandle;
}

export class Spool {
  readonly folder: string;
  #free: number;

  /** `memory`: bytes of uploads that all requests together may hold; past that they go to files however small they are. */
  constructor(folder: string, memory = Number.POSITIVE_INFINITY) {
    this.folder = folder;
    this.#free = memory;
  }

  /** Claims memory for an upload, to be given back; false when there is none left. */
  claim(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#free += bytes;
  }

  /** A new, empty file. Whoever asks for it removes it. */
  async create(): Promise<SpoolFile> {
    const path = join(this.folder, `${HOST}-${process.pid}-${crypto.randomUUID()}`);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      return { path, handle: await open(path, "wx+", 0o600) };
    } catch (thrown) {
      throw unwritable(thrown);
    }
  }

  /** Removes what no running server owns; returns how many files that were. */
  async sweep(): Promise<number> {
    const names = await readdir(this.folder).catch(() => []);
    const gone = await Promise.all(names.map((name) => this.#removeIfLeft(name)));
    return gone.filter(Boolean).length;
  }

  async #removeIfLeft(name: string): Promise<boolean> {
    const owner = /^([0-9a-f]{16})-(\d+)-[0-9a-f-]{36}$/.exec(name);
    if (!owner) return false;
    const path = join(this.folder, name);
    try {
      // Another host's process cannot be asked whether it lives; no request of a living one takes a day.
      const left = owner[1] === HOST ? !runs(Number(owner[2])) : Date.now() - (await stat(path)).mtimeMs > DAY_MS;
      if (left) await rm(path, { force: true });
      return left;
    } catch {
      return false;
    }
  }
}

/** Turns a failure to write the spool into an error that names the cure, not the path. */
export function unwritable(thrown: unknown): VerbatimError {
  const reason = (thrown as NodeJS.ErrnoException).code ?? "unknown";
  const message =
    reason === "ENOSPC"
      ? "The server's disk is full: it cannot take this upload."
      : `The server cannot write uploads to its cache folder (${reason}).`;
  return new VerbatimError("internal", message, { reason: "spool", cause: thrown });
}

function runs(pid: number): boolean {
  // A process that asks has not spooled anything yet: its id was somebody else's.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
