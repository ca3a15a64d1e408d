/** What has arrived of a file: `FILE.part`, with the checksum kept up to date as bytes are added. */
import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { hashFile } from "./checksum.ts";
import { moveIntoPlace, writable } from "./disk.ts";

export class PartFile {
  readonly #path: string;
  readonly #final: string;
  readonly #descriptor: number;
  #hash = new Bun.CryptoHasher("sha256");
  #size = 0;
  #open = true;

  private constructor(final: string) {
    this.#final = final;
    this.#path = partOf(final);
    this.#descriptor = writable(dirname(final), () => openSync(this.#path, "a"));
  }

  /** Opens the part of a file, new or begun earlier; what is there is read once for its checksum. */
  static async open(final: string, signal?: AbortSignal): Promise<PartFile> {
    const part = new PartFile(final);
    try {
      part.#size = await hashFile(part.#path, part.#hash, { signal });
    } catch (thrown) {
      part.close();
      throw thrown;
    }
    return part;
  }

  /** Bytes that are here. */
  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    writable(dirname(this.#path), () => {
      for (let written = 0; written < bytes.length; )
        written += writeSync(this.#descriptor, bytes, written, bytes.length - written);
    });
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  /** Forgets what is here. */
  restart(): void {
    ftruncateSync(this.#descriptor, 0);
    this.#hash = new Bun.CryptoHasher("sha256");
    this.#size = 0;
  }

  /** Of all that is here; the part can only be kept or discarded afterwards. */
  sha256(): string {
    return this.#hash.digest("hex");
  }

  /** Gives the file its name. */
  keep(): void {
    this.close();
    moveIntoPlace(this.#path, this.#final);
  }

  discard(): void {
    this.restart();
    this.close();
  }

  /** Leaves what is here for another time; an empty part leaves nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#descriptor);
    if (this.#size === 0) rmSync(this.#path, { force: true });
  }
}

/** Where an unfinished file lies. */
export function partOf(path: string): string {
  return `${path}.part`;
}

/** How much of it has arrived, by whichever process. */
export function partSize(part: string): number {
  return statSync(part, { throwIfNoEntry: false })?.size ?? 0;
}
