/** The recordings of jobs that wait: one file for each, in a folder of ours. */
import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { MediaSource } from "../audio/media.ts";

/** A file that no job names is left by a crash between the two; a younger one may belong to a job that is just being accepted. */
const LEFT_MS = 3600 * 1000;

export class Recordings {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Keeps a recording under a name, safely on disk; answers with its size. */
  async keep(name: string, audio: MediaSource): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.path(name);
    if ("bytes" in audio) await write(path, audio.bytes);
    else await take(audio.path, path);
    await synced(path);
    if (process.platform !== "win32") await synced(this.#folder, "r");
    return (await stat(path)).size;
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { force: true });
  }

  /** Removes files that no job has. */
  async sweep(isNamed: (name: string) => boolean): Promise<void> {
    if (!existsSync(this.#folder)) return;
    for (const name of await readdir(this.#folder)) {
      const written = (await stat(this.path(name)).catch(() => undefined))?.mtimeMs ?? Date.now();
      if (Date.now() - written > LEFT_MS && !isNamed(name)) await this.remove(name);
    }
  }
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}

/** Moves a file; between two disks that is a copy. */
async function take(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EXDEV") throw thrown;
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await rm(from, { force: true });
  }
}

async function synced(path: string, flags = "r+"): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
