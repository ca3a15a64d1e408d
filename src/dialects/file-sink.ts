/** Where a file part's bytes go while it arrives: memory first, then a spool file. */
import { rm } from "node:fs/promises";
import type { MediaSource } from "../audio/media.ts";
import { FREE_BYTES } from "./hold.ts";
import { type Spool, type SpoolFile, unwritable } from "./spool.ts";

/** One buffer that begins with what is not counted and doubles while there is memory for it; from there on it empties itself into a spool file each time it is full. */
export class FileSink {
  readonly #limit: number;
  readonly #spool: Spool;
  #buffer: Buffer = Buffer.alloc(0);
  #filled = 0;
  #claimed = 0;
  #file: SpoolFile | undefined;
  #closed = false;
  size = 0;

  constructor(limit: number, spool: Spool) {
    this.#limit = limit;
    this.#spool = spool;
  }

  async write(bytes: Buffer): Promise<void> {
    this.size += bytes.length;
    let from = 0;
    while (from < bytes.length) {
      if (this.#filled === this.#buffer.length) await this.#makeRoom();
      const copied = bytes.copy(this.#buffer, this.#filled, from);
      this.#filled += copied;
      from += copied;
    }
  }

  async finish(): Promise<MediaSource> {
    if (!this.#file) return { bytes: this.#buffer.subarray(0, this.#filled) };
    await this.#flush(this.#file);
    await this.#close();
    this.#release();
    return { path: this.#file.path };
  }

  async discard(): Promise<void> {
    this.#release();
    if (!this.#file) return;
    await this.#close().catch(() => {});
    await rm(this.#file.path, { force: true });
  }

  async #makeRoom(): Promise<void> {
    if (this.#file) return this.#flush(this.#file);
    const { length } = this.#buffer;
    const larger = Math.max(FREE_BYTES, Math.min(this.#limit, length * 2));
    if (larger > length && (length === 0 || this.#spool.claim(larger - length))) {
      if (length > 0) this.#claimed += larger - length;
      const buffer = Buffer.allocUnsafeSlow(larger);
      this.#buffer.copy(buffer, 0, 0, this.#filled);
      this.#buffer = buffer;
      return;
    }
    this.#file = await this.#spool.create();
    await this.#flush(this.#file);
  }

  async #flush({ handle }: SpoolFile): Promise<void> {
    try {
      for (let written = 0; written < this.#filled; )
        written += (await handle.write(this.#buffer, written, this.#filled - written)).bytesWritten;
    } catch (thrown) {
      throw unwritable(thrown);
    }
    this.#filled = 0;
  }

  /** The memory goes back; what is in it is not needed any more. */
  #release(): void {
    this.#buffer = Buffer.alloc(0);
    this.#spool.giveBack(this.#claimed);
    this.#claimed = 0;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file?.handle.close();
  }
}
