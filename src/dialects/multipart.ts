/**
 * multipart/form-data (RFC 7578, RFC 2046 section 5.1) as it arrives: bytes in, parts out, nothing held back but what may be
 * the start of a boundary. What is done with the parts is upload.ts.
 */
import { VerbatimError } from "../error.ts";

/** A part's own headers, as far as they matter. */
export interface PartHead {
  name: string;
  /** Present for a file, and then perhaps empty. */
  filename?: string;
  /** Media type in lower case, without parameters. */
  type?: string;
}

export type PartEvent =
  | { kind: "head"; head: PartHead }
  /** A view of what was pushed: use it before the next push. */
  | { kind: "data"; bytes: Buffer }
  | { kind: "end" };

/** Bytes before the first boundary, or between a boundary and the end of its part's headers. */
const HEAD_LIMIT = 16 * 1024;
/** RFC 2046 allows 70; some clients use more. */
const BOUNDARY_LIMIT = 256;

/** The boundary of a `Content-Type`; undefined when that is not multipart/form-data. */
export function boundaryOf(contentType: string | null): string | undefined {
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(contentType ?? "")) return undefined;
  const boundary = parameters(contentType ?? "").get("boundary");
  if (!boundary || boundary.length > BOUNDARY_LIMIT) throw malformed("its Content-Type names no usable boundary");
  return boundary;
}

export class MultipartScanner {
  readonly #delimiter: Buffer;
  #state: "preamble" | "delimiter" | "head" | "body" | "done" = "preamble";
  // The first boundary stands at the start of a line too, though no line comes before it.
  #rest: Buffer = Buffer.from("\r\n");
  #skipped = 0;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  }

  /** The closing boundary was seen; what follows it does not matter. */
  get done(): boolean {
    return this.#state === "done";
  }

  *push(chunk: Uint8Array): Generator<PartEvent> {
    let buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#rest.length > 0) buffer = Buffer.concat([this.#rest, buffer]);
    let at = 0;
    for (;;) {
      if (this.#state === "done") return;
      if (this.#state === "delimiter") {
        // Space after a boundary is padding that a gateway may have added.
        while (buffer[at] === 0x20 || buffer[at] === 0x09) at++;
        if (buffer.length - at < 2) break;
        const mark = buffer.toString("latin1", at, at + 2);
        if (mark !== "--" && mark !== "\r\n")
          throw malformed("a boundary is followed by something else than a new line");
        this.#state = mark === "--" ? "done" : "head";
        at += 2;
      } else if (this.#state === "head") {
        const end = buffer.indexOf("\r\n\r\n", at, "latin1");
        if (end < 0 && buffer.length - at <= HEAD_LIMIT) break;
        if (end < 0 || end - at > HEAD_LIMIT) throw malformed("the headers of a part are too long");
        yield { kind: "head", head: parseHead(buffer.toString("utf8", at, end)) };
        at = end + 4;
        this.#state = "body";
      } else {
        const found = buffer.indexOf(this.#delimiter, at);
        // What could still become a boundary stays for the next push.
        const end = found >= 0 ? found : Math.max(at, buffer.length - this.#delimiter.length + 1);
        if (this.#state === "preamble") {
          this.#skipped += end - at;
          if (this.#skipped > HEAD_LIMIT) throw malformed("its first boundary does not come");
        } else if (end > at) yield { kind: "data", bytes: buffer.subarray(at, end) };
        at = end;
        if (found < 0) break;
        if (this.#state === "body") yield { kind: "end" };
        at += this.#delimiter.length;
        this.#state = "delimiter";
      }
    }
    this.#rest = buffer.subarray(at);
  }
}

/** Says what is wrong with a multipart body. */
export function malformed(what: string): VerbatimError {
  return new VerbatimError("bad-request", `The multipart body is malformed: ${what}.`, { reason: "multipart" });
}

function parseHead(text: string): PartHead {
  const headers = new Map<string, string>();
  // RFC 5322 folding: a line that starts with a space goes on with the one before.
  for (const line of text.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase();
  if (encoding !== undefined && !["binary", "8bit", "7bit"].includes(encoding))
    throw malformed(`the transfer encoding ${encoding.slice(0, 40)} is not supported`);
  const disposition = parameters(headers.get("content-disposition") ?? "");
  const name = disposition.get("name");
  if (name === undefined) throw malformed("a part has no name");
  const filename = disposition.get("filename");
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return { name, ...(filename === undefined ? {} : { filename }), ...(type ? { type } : {}) };
}

// A token or a quoted string. Of what a backslash may escape only \" and \\ are read so: old browsers send C:\paths as they are.
const PARAMETER = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;]*))/g;

/** The parameters of a header such as `form-data; name="file"; filename*=utf-8''a.mp3`; the starred form wins (RFC 6266). */
function parameters(header: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, key = "", quoted, plain] of header.matchAll(PARAMETER)) {
    const name = key.toLowerCase();
    const value = quoted?.replace(/\\(["\\])/g, "$1") ?? plain?.trim() ?? "";
    if (name.endsWith("*")) found.set(name.slice(0, -1), extended(value));
    else if (!found.has(name)) found.set(name, value);
  }
  return found;
}

/** RFC 8187: charset'language'percent-encoded. */
function extended(value: string): string {
  const encoded = value.split("'").slice(2).join("'");
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
