/**
 * A file of JSON lines. It is opened anew for each batch, so that it may be renamed or emptied at any time. Before a batch is written, its
 * place is noted in the queue: after a crash what already stands there is not written again, and a torn line is completed.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Destination, Parcel, Queued, Settle } from "./destination.ts";

/** Where the last batch was begun. */
interface Place {
  inode: number;
  offset: number;
}

/** What is kept of it between starts. */
export interface Notes {
  note(name: string): string | undefined;
  setNote(name: string, value: string): void;
}

const NOTE = "file";

/** More than a batch and the partials after it ever are. */
const MOST_READ = 64 * 1024 ** 2;

export class LinesFile implements Destination {
  readonly name = "file";
  readonly #path: string;
  readonly #notes: Notes;
  /** Whether a part of the next batch may stand in the file already. */
  #doubtful = true;

  constructor(path: string, notes: Notes) {
    this.#path = path;
    this.#notes = notes;
  }

  async deliver(batch: readonly Queued[], settle: Settle): Promise<void> {
    let wanted = batch;
    if (this.#doubtful) {
      const written = await this.#alreadyWritten(batch);
      // Before the next place is noted: after another crash nobody would look for these where they are.
      settle(
        batch.filter(({ id }) => written.has(id)),
        "delivered",
      );
      wanted = batch.filter(({ id }) => !written.has(id));
    }
    this.#doubtful = true;
    if (wanted.length > 0) {
      await using file = await openToAppend(this.#path);
      const { ino: inode, size: offset } = await file.stat();
      this.#notes.setNote(NOTE, JSON.stringify({ inode, offset } satisfies Place));
      await file.appendFile(lines(wanted));
      await file.datasync();
    }
    settle(wanted, "delivered");
    this.#doubtful = false;
  }

  async tell(partials: readonly Parcel[]): Promise<void> {
    await using file = await openToAppend(this.#path);
    await file.appendFile(lines(partials));
  }

  async close(): Promise<void> {}

  /** The ids of those that stand where the last batch was begun. A line that was torn is made whole. */
  async #alreadyWritten(batch: readonly Queued[]): Promise<Set<string>> {
    const written = new Set<string>();
    const note = this.#notes.note(NOTE);
    const place = note === undefined ? undefined : (JSON.parse(note) as Place);
    const path = place && (await this.#findInode(place.inode));
    if (!place || path === undefined) return written;
    await using file = await openToAppend(path);
    const { size } = await file.stat();
    const length = Math.min(MOST_READ, size - place.offset);
    if (length <= 0) return written;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, place.offset);
    const text = buffer.toString("utf8");
    const found = text.split("\n");
    const torn = found.pop() ?? "";
    for (const { id, body } of batch) if (found.includes(body)) written.add(id);
    if (torn === "") return written;
    const end = buffer.subarray(buffer.lastIndexOf("\n") + 1);
    const next = batch.find(({ id }) => !written.has(id));
    const begun = next && Buffer.from(next.body).subarray(0, end.length).equals(end) ? next : undefined;
    await file.appendFile(Buffer.concat([Buffer.from(begun?.body ?? "").subarray(end.length), Buffer.from("\n")]));
    await file.datasync();
    if (begun) written.add(begun.id);
    return written;
  }

  /** The file that was written to, which may have been renamed since. */
  async #findInode(inode: number): Promise<string | undefined> {
    const folder = dirname(this.#path);
    const names = await readdir(folder).catch(() => []);
    for (const path of [this.#path, ...names.map((name) => join(folder, name))]) {
      const found = await stat(path).catch(() => undefined);
      if (found?.ino === inode && found.isFile()) return path;
    }
    return undefined;
  }
}

async function openToAppend(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  return open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
}

function lines(parcels: readonly Parcel[]): string {
  return parcels.map(({ body }) => `${body}\n`).join("");
}
