/** A media file's bytes at any place: in memory, or read from disk as they are needed. */
import { type FileHandle, open } from "node:fs/promises";
import { VerbatimError } from "../error.ts";
import type { MediaSource } from "./media.ts";

export interface Bytes {
  readonly size: number;
  /** What it was opened from; a pipe was read into memory. */
  readonly source: MediaSource;
  /** Fewer than `length` bytes only at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a source. Rejects with `bad-audio` when there is nothing to read. */
export async function openBytes(source: MediaSource): Promise<Bytes> {
  const bytes = "path" in source ? await openFile(source.path) : inMemory(source.bytes);
  if (bytes.size > 0) return bytes;
  await bytes.close();
  throw new VerbatimError("bad-audio", "The file is empty.");
}

function inMemory(bytes: Uint8Array): Bytes {
  return {
    size: bytes.length,
    source: { bytes },
    read: async (at, length) => bytes.subarray(at, at + length),
    close: async () => {},
  };
}

async function openFile(path: string): Promise<Bytes> {
  const file = await open(path, "r").catch(unreadable);
  try {
    const found = await file.stat();
    if (found.isFile()) return onDisk(file, path, found.size);
    // A pipe or a device of the command line's: it can be read once, from front to end.
    const bytes = await file.readFile();
    await file.close();
    return inMemory(bytes);
  } catch (thrown) {
    await file.close();
    return unreadable(thrown);
  }
}

function onDisk(file: FileHandle, path: string, size: number): Bytes {
  return {
    size,
    source: { path },
    async read(at, length) {
      const into = new Uint8Array(Math.max(0, Math.min(length, size - at)));
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await file.read(into, filled, into.length - filled, at + filled).catch(unreadable);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return into.subarray(0, filled);
    },
    close: () => file.close(),
  };
}

function unreadable(cause: unknown): never {
  const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
  throw new VerbatimError("bad-audio", `The file cannot be read (${reason}).`, { cause });
}
