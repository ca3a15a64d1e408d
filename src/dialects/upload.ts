/**
 * A multipart request read as a stream: text fields, and one file that lies in memory while it is small and in a spool file when it
 * is not. Memory is constant, Content-Length is not needed, and whatever goes wrong leaves nothing behind.
 */
import type { MediaSource } from "../audio/media.ts";
import type { Settings } from "../config/table.ts";
import { toVerbatimError, VerbatimError } from "../error.ts";
import { type BodyLimits, checkLength, chunksOf } from "./body.ts";
import { FileSink } from "./file-sink.ts";
import { Hold } from "./hold.ts";
import { boundaryOf, MultipartScanner, malformed, type PartHead } from "./multipart.ts";
import type { Spool } from "./spool.ts";

export interface UploadLimits extends BodyLimits {
  /** Bytes of the file that stay in memory. */
  memory: number;
  /** Bytes of all text fields together. */
  fields: number;
  parts: number;
}

/** The limits that uploads have by the settings. */
export function uploadLimits({
  maxUpload,
  uploadTimeout,
}: Pick<Settings, "maxUpload" | "uploadTimeout">): UploadLimits {
  return { memory: 4 << 20, fields: 8 << 20, parts: 200, total: maxUpload, idle: 1000 * uploadTimeout };
}

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
  /** Ends the reading. */
  signal: AbortSignal;
}

/** Reads a whole multipart request. Rejects with `bad-request`, `bad-parameter`, `too-large`, `timeout` or `cancelled`. */
export async function readUpload(request: UploadRequest, limits: UploadLimits, spool: Spool): Promise<Upload> {
  const boundary = boundaryOf(request.headers.get("content-type"));
  if (boundary === undefined)
    throw new VerbatimError("bad-request", "The body must be multipart/form-data, with the audio in the part `file`.", {
      reason: "multipart",
    });
  checkLength(request.headers, limits.total);
  if (request.body === null) throw malformed("it is empty");
  const parts = new Parts(limits, spool);
  try {
    await readParts(request.body, boundary, parts, limits, request.signal);
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
  signal: AbortSignal,
): Promise<void> {
  const scanner = new MultipartScanner(boundary);
  for await (const chunk of chunksOf(body, limits, signal)) {
    for (const event of scanner.push(chunk)) {
      if (event.kind === "head") parts.begin(event.head);
      else if (event.kind === "end") parts.end();
      else await parts.data(event.bytes);
    }
    if (scanner.done) return;
  }
  throw malformed("it ends before its closing boundary");
}

/** What has been read so far. */
class Parts {
  readonly #limits: UploadLimits;
  readonly #file: FileSink;
  /** For the fields. */
  readonly #hold: Hold;
  readonly #fields: [string, string][] = [];
  #count = 0;
  #fieldBytes = 0;
  #current: { head: PartHead; isFile: boolean; text: Bun.ArrayBufferSink } | undefined;
  #fileHead: PartHead | undefined;

  constructor(limits: UploadLimits, spool: Spool) {
    this.#limits = limits;
    this.#file = new FileSink(limits.memory, spool);
    this.#hold = new Hold(spool);
  }

  begin(head: PartHead): void {
    if (++this.#count > this.#limits.parts) throw malformed(`it has more than ${this.#limits.parts} parts`);
    const isFile = isFilePart(head);
    if (isFile && this.#fileHead)
      throw new VerbatimError("bad-parameter", "Only one file may be sent with a request.", { parameter: head.name });
    if (isFile) this.#fileHead = head;
    this.#current = { head, isFile, text: new Bun.ArrayBufferSink() };
  }

  async data(bytes: Buffer): Promise<void> {
    const part = this.#current;
    if (part?.isFile) return this.#file.write(bytes);
    this.#fieldBytes += bytes.length;
    if (this.#fieldBytes > this.#limits.fields)
      throw new VerbatimError("too-large", `The text fields are larger than ${this.#limits.fields} bytes.`);
    this.#hold.take(bytes.length);
    // It copies: a field of a few bytes must not keep the network's buffer alive.
    part?.text.write(bytes);
  }

  end(): void {
    const part = this.#current;
    if (part && !part.isFile)
      this.#fields.push([part.head.name, Buffer.from(part.text.end() as ArrayBuffer).toString("utf8")]);
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

  async discard(): Promise<void> {
    this.#hold[Symbol.dispose]();
    await this.#file.discard();
  }
}

/** Text parts may carry a type too (.NET sends text/plain); without a filename only a media type makes a file. */
function isFilePart({ filename, type = "" }: PartHead): boolean {
  return filename !== undefined || /^(audio|video)\/|^application\/octet-stream$/.test(type);
}
