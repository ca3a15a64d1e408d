/** Writing to the models folder: room for it, and making sure that what was written stays. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { VerbatimError } from "../error.ts";

/** Bytes that stay free: a disk filled to the brim breaks other programs. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** Makes the folder and throws unless so many bytes more fit there. */
export function requireRoom(folder: string, bytes: number): void {
  writable(folder, () => mkdirSync(folder, { recursive: true }));
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes + SPARE_BYTES) return;
  const mega = (count: number) => Math.ceil(count / 1e6);
  throw new VerbatimError(
    "model-missing",
    `The disk of ${folder} has ${mega(free)} MB free, and ${mega(bytes + SPARE_BYTES)} MB are needed. Make room, or set VERBATIM_CACHE_DIR to another disk.`,
  );
}

/** Puts a finished file in its place, so that a crash of the machine leaves either the whole file there or none. */
export function moveIntoPlace(from: string, to: string): void {
  syncFile(from);
  renameSync(from, to);
  // A folder cannot be opened on Windows, where the rename itself is written through.
  if (process.platform !== "win32") syncFile(dirname(to), "r");
}

/** Runs what writes, and turns the system's refusals into a sentence that names the folder and the setting. */
export function writable<Result>(folder: string, write: () => Result): Result {
  try {
    return write();
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const why = code && REFUSALS[code];
    if (!why) throw thrown;
    throw new VerbatimError(
      "internal",
      `The cache folder ${folder} ${why} (${code}). Set VERBATIM_CACHE_DIR to another folder.`,
      { cause: thrown },
    );
  }
}

const REFUSALS: Record<string, string> = {
  EACCES: "cannot be written",
  EPERM: "cannot be written",
  EROFS: "lies on a read-only file system",
  ENOSPC: "lies on a disk that is full",
  EDQUOT: "lies on a disk whose quota is used up",
  ENOENT: "cannot be made there",
  ENOTDIR: "cannot be made because a file is in the way",
  EEXIST: "cannot be made because a file is in the way",
};

function syncFile(path: string, flags = "r+"): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
