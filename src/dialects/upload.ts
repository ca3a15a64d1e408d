/**
 * A multipart request read as a stream: text fields, and one file that lies in memory while it is small and in a spool file when it
 * is not. Memory is constant, Content-Length is not needed, and whatever goes wrong leaves nothing behind.
 */
import { rm } from "node:fs/promises";
import type { MediaSource } from "../audio/media.ts";
import { toVerbatimError, VerbatimError } from "../error.ts";
import { boundaryOf, MultipartScanner, malformed, type PartHead } from "./multipart.ts";
import { type Spool, type SpoolFile, unwritable } from "./spool.ts";

export interface UploadLimits {
  /** Bytes of the whole body. */
  total: number;
  /** Bytes of the file that stay in memory. */
  memory: number;
  /** Bytes of all text fields together. */
  fields: number;
  parts: number;
  /** Milliseconds without a byte after which the client counts as gone. */
  idle: number;
}

export const UPLOAD_LIMITS = { memory: 4 << 20, fields: 8 << 20, parts: 200, idle: 60_000 } as const;

export interface UploadedFile {
  /** The part's name. */
  name: string;
  filename: string;
  size: number;
  source: MediaSource;
}

/** `await using` it: its file goes with it. */
export interface Upload extends AsyncDisposable {
  /** In the order they came; names may repeat. */
  fields: [name: string, value: string][];
  file?: UploadedFile;
}

/** What of a request is needed here. */
export interface UploadRequest {
  headers: Headers;
  body: ReadableStream<Uint8Array> | null;
}

/** Reads a whole multipart request. Rejects with `bad-request`, `bad-parameter`, `too-large`, `timeout` or `cancelled`. */
export async function readUpload(request: UploadRequest, limits: UploadLimits, spool: Spool): Promise<Upload> {
  const boundary = boundaryOf(request.headers.get("content-type"));
  if (boundary === undefined)
    throw new VerbatimError("bad-request", "The body must be multipart/form-data, with the audio in the part `file`.", {
      reason: "multipart",
    });
  if (Number(request.headers.get("content-length")) > limits.total) throw tooLarge(limits.total);
  if (request.body === null) throw malformed("it is empty");
  const parts = new Parts(limits, spool);
  try {
    await readParts(request.body, boundary, parts, limits);
    return await parts.finish();
  } catch (thrown) {
    await parts.discard();
    throw toVerbatimError(thrown);
  }
}

async function readParts(
  body: ReadableStream<Uint8Array>,
  boundary: string,
  parts: Parts,
  limits: UploadLimits,
): Promise<void> {
  const scanner = new MultipartScanner(boundary);
  const reader = body.getReader();
  let last = performance.now();
  let stalled = false;
  const watch = setInterval(() => {
    stalled = performance.now() - last > limits.idle;
    // The pending read then resolves as if the body had ended.
    if (stalled) void reader.cancel().catch(() => {});
  }, limits.idle / 4);
  let total = 0;
  try {
    while (!scanner.done) {
      const { done, value } = await reader.read();
      if (stalled) throw new VerbatimError("timeout", "The upload stopped half-way: no more data came.");
      if (done) throw malformed("it ends before its closing boundary");
      last = performance.now();
      total += value.length;
      if (total > limits.total) throw tooLarge(limits.total);
      for (const event of scanner.push(value)) {
        if (event.kind === "head") parts.begin(event.head);
        else if (event.kind === "end") parts.end();
        else await parts.data(event.bytes);
      }
    }
  } finally {
    clearInterval(watch);
    // Bun goes on taking the rest of the body and drops it, so that the client gets to read the answer.
    void reader.cancel().catch(() => {});
  }
}

/** What has been read so far. */
class Parts {
  readonly #limits: UploadLimits;
  readonly #file: FileSink;
  readonly #fields: [string, string][] = [];
  #count = 0;
  #fieldBytes = 0;
  #current: { head: PartHead; isFile: boolean; text: Buffer[] } | undefined;
  #fileHead: PartHead | undefined;

  constructor(limits: UploadLimits, spool: Spool) {
    this.#limits = limits;
    this.#file = new FileSink(limits.memory, spool);
  }

  begin(head: PartHead): void {
    if (++this.#count > this.#limits.parts) throw malformed(`it has more than ${this.#limits.parts} parts`);
    const isFile = isFilePart(head);
    if (isFile && this.#fileHead)
      throw new VerbatimError("bad-parameter", "Only one file may be sent with a request.", { parameter: head.name });
    if (isFile) this.#fileHead = head;
    this.#current = { head, isFile, text: [] };
  }

  async data(bytes: Buffer): Promise<void> {
    const part = this.#current;
    if (part?.isFile) return this.#file.write(bytes);
    this.#fieldBytes += bytes.length;
    if (this.#fieldBytes > this.#limits.fields)
      throw new VerbatimError("too-large", `The text fields are larger than ${this.#limits.fields} bytes.`);
    // A copy: a field of a few bytes must not keep the network's buffer alive.
    part?.text.push(Buffer.from(bytes));
  }

  end(): void {
    const part = this.#current;
    if (part && !part.isFile) this.#fields.push([part.head.name, Buffer.concat(part.text).toString("utf8")]);
    this.#current = undefined;
  }

  async finish(): Promise<Upload> {
    const upload: Upload = { fields: this.#fields, [Symbol.asyncDispose]: () => this.discard() };
    if (this.#fileHead) {
      const { name, filename = "" } = this.#fileHead;
      upload.file = { name, filename, size: this.#file.size, source: await this.#file.finish() };
    }
    return upload;
  }

  discard(): Promise<void> {
    return this.#file.discard();
  }
}

/** Text parts may carry a type too (.NET sends text/plain); without a filename only a media type makes a file. */
function isFilePart({ filename, type = "" }: PartHead): boolean {
  return filename !== undefined || /^(audio|video)\/|^application\/octet-stream$/.test(type);
}

function tooLarge(limit: number): VerbatimError {
  return new VerbatimError("too-large", `Maximum content size limit (${limit}) exceeded.`);
}

/** One buffer that doubles up to its limit; from there on it empties itself into a spool file each time it is full. */
class FileSink {
  readonly #limit: number;
  readonly #spool: Spool;
  #buffer: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #filled = 0;
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
    this.#buffer = Buffer.alloc(0);
    return { path: this.#file.path };
  }

  async discard(): Promise<void> {
    if (!this.#file) return;
    await this.#close().catch(() => {});
    await rm(this.#file.path, { force: true });
  }

  async #makeRoom(): Promise<void> {
    if (this.#buffer.length < this.#limit) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#limit, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#filled);
      this.#buffer = larger;
      return;
    }
    this.#file ??= await this.#spool.create();
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

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file?.handle.close();
  }
}
