/**
 * Writes embedded files to a folder named by their contents, once. Later runs and parallel starts find it: files are written beside the
 * folder, synced, and the folder is renamed into place, so it is either whole or not there.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../config/folders.ts";
import { VerbatimError } from "../error.ts";
import { type EmbeddedFile, embedded } from "./embedded.ts";

/** Known before any settings are read: children and workers inherit it by the environment. */
function libraryFolder(): string {
  return join(process.env.VERBATIM_CACHE_DIR || cacheFolder(process.env), "lib");
}

/** Runs a script of two lines in the folder: a file system may allow files and no programs (`noexec`). */
function checkExecutable(folder: string): void {
  if (process.platform === "win32") return;
  const script = join(folder, ".runs");
  writeFileSync(script, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const { error } = spawnSync(script);
  rmSync(script);
  // A system without a shell (ENOENT) tells nothing about the folder.
  if ((error as NodeJS.ErrnoException | undefined)?.code === "EACCES")
    throw new VerbatimError(
      "internal",
      `No program may run from ${dirname(folder)}: its file system is mounted with noexec. Set VERBATIM_CACHE_DIR to another folder.`,
    );
}

/** Why a folder cannot be written, as far as it says more than its code. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EDQUOT: "this user's quota is used up",
  ENOSPC: "its file system is full",
  ENOTDIR: "a file is in the way",
  EROFS: "its file system is read-only",
};

function unwritable(folder: string, files: Record<string, EmbeddedFile>, cause: unknown): VerbatimError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
  const reason = reasons[code];
  // The next group would be the next surprise: room is asked for all of them.
  const all = [files, ...Object.values(embedded)].flatMap((group) => Object.values(group));
  const bytes = new Map(all.map(({ sha256, size }) => [sha256, size]));
  const megabytes = Math.ceil(bytes.values().reduce((sum, size) => sum + size, 0) / 1e6);
  return new VerbatimError(
    "internal",
    `Cannot write the program's files to ${folder}${reason ? `: ${reason}` : ""} (${code}; ${megabytes} MB are needed). ` +
      "Set VERBATIM_CACHE_DIR to a folder that can be written and executed from.",
    { cause },
  );
}

function contentHash(files: Record<string, EmbeddedFile>): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const name of Object.keys(files).sort()) hash.update(`${name}\0${files[name]?.sha256}\0`);
  return hash.digest("hex").slice(0, 16);
}

/** Whole as far as sizes tell; contents were checked when they were written. */
function isWhole(folder: string, files: Record<string, EmbeddedFile>): boolean {
  return Object.entries(files).every(([name, { size }]) => {
    const path = join(folder, name);
    return existsSync(path) && statSync(path).size === size;
  });
}

function writeSynced(path: string, file: EmbeddedFile): void {
  const bytes = readFileSync(file.path);
  const sum = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  if (sum !== file.sha256) throw new VerbatimError("internal", "This executable is damaged: download it again.");
  const descriptor = openSync(path, "wx", 0o755);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Milliseconds (30 days) after which what no start has used belongs to a version that is gone. */
const UNUSED = 30 * 86_400_000;

/** Its time says when it was used last; a cache that only others may write is theirs to keep clean. */
function touch(folder: string): void {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {}
}

function removeUnused(parent: string, group: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    if (!name.startsWith(`${group}-`)) continue;
    // Another start may be at the same work.
    const used = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (used < Date.now() - UNUSED) rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder that holds these files, written now if it is not there yet; then those go that no version has used for long. */
export function extract(group: string, files: Record<string, EmbeddedFile>): string {
  const parent = libraryFolder();
  const folder = join(parent, `${group}-${contentHash(files)}`);
  if (isWhole(folder, files)) {
    touch(folder);
    return folder;
  }
  const draft = `${folder}.${process.pid}.${Bun.randomUUIDv7().slice(-8)}`;
  try {
    mkdirSync(draft, { recursive: true });
    checkExecutable(draft);
    for (const [name, file] of Object.entries(files)) writeSynced(join(draft, name), file);
    // What lies there in our place is not whole: a crash of the machine, or somebody's hand.
    if (existsSync(folder) && !isWhole(folder, files)) rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
    removeUnused(parent, group);
  } catch (thrown) {
    if (existsSync(draft)) rmSync(draft, { recursive: true });
    // Another start was faster: its folder is as good as ours.
    if (isWhole(folder, files)) return folder;
    if (thrown instanceof VerbatimError) throw thrown;
    throw unwritable(parent, files, thrown);
  }
  return folder;
}
