/** A recording on its way in: from the request's body, or from the URL that it names. Memory is constant, whatever its size. */
import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { MediaSource, RawEncoding } from "../../../audio/media.ts";
import { byMagic, HEAD_BYTES, id3End } from "../../../audio/sniff.ts";
import { VerbatimError } from "../../../error.ts";
import { openUrl } from "../../../outbound/open-url.ts";
import { type BodyLimits, checkLength, chunksOf, textOf } from "../../body.ts";
import { FileSink } from "../../file-sink.ts";
import type { Spool } from "../../spool.ts";
import { type DeclaredEncoding, declaredSamples } from "../parameters.ts";

/** `await using` it: its file goes with it. */
export interface Recording extends AsyncDisposable {
  source: MediaSource;
  /** Of the bytes as they came, in hex. */
  sha256: string;
}

export interface MediaLimits extends BodyLimits {
  signal: AbortSignal;
  spool: Spool;
}

/** Bytes that stay in memory. */
const MEMORY = 4 << 20;
/** A JSON body says where the recording is; nothing that says so is longer. */
const MOST_JSON = 64 << 10;

/** Whether the request's body names a URL. Every other type is that of a recording: clients send whatever type they like. */
export function namesUrl(headers: Headers): boolean {
  return headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

/** The URL in a JSON body; other keys mean nothing. */
export async function readUrl(
  body: ReadableStream<Uint8Array> | null,
  { idle, signal }: Pick<MediaLimits, "idle" | "signal">,
): Promise<string> {
  try {
    const { url } = JSON.parse(await textOf(body, { total: MOST_JSON, idle }, signal));
    if (typeof url === "string") return url;
  } catch (thrown) {
    if (thrown instanceof VerbatimError && thrown.code !== "too-large") throw thrown;
  }
  throw new VerbatimError("bad-request", "The body must be a JSON object with the text `url`.", { reason: "json" });
}

/** Takes a recording in from the request's body. */
export async function receive(
  { headers, body }: Pick<Request, "headers" | "body">,
  { total, idle, signal, spool }: MediaLimits,
): Promise<Recording> {
  try {
    checkLength(headers, total);
    return await keep(body ? chunksOf(body, { total, idle }, signal) : [], spool);
  } catch (thrown) {
    throw thrown instanceof VerbatimError && thrown.reason === "upload" ? tooLarge(total) : thrown;
  }
}

/** Fetches a recording. What goes wrong at the remote server is the request's mistake: asking again will not help. */
export async function download(
  url: string,
  { total, signal, spool, networks }: Omit<MediaLimits, "idle"> & { networks: readonly string[] },
): Promise<Recording> {
  const { status, body } = await openUrl(url, { networks, maxBytes: total, signal });
  if (status < 200 || status > 299) {
    await body.cancel();
    throw refusedThere(status);
  }
  try {
    return await keep(body, spool);
  } catch (thrown) {
    throw thrown instanceof VerbatimError && thrown.code === "too-large" ? tooLarge(total) : thrown;
  }
}

async function keep(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, spool: Spool): Promise<Recording> {
  const sink = new FileSink(MEMORY, spool);
  const hash = createHash("sha256");
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await sink.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
    if (sink.size === 0) throw new VerbatimError("bad-audio", "The body is empty.");
    return {
      source: await sink.finish(),
      sha256: hash.digest("hex"),
      [Symbol.asyncDispose]: () => sink.discard(),
    };
  } catch (thrown) {
    await sink.discard();
    throw thrown;
  }
}

/** How a recording is to be read that its sender declares to be raw. A container is read as what it is, whatever is said of it. */
export async function rawEncodingOf(
  source: MediaSource,
  declared: DeclaredEncoding | undefined,
): Promise<RawEncoding | undefined> {
  const samples = declaredSamples(declared);
  if (samples === undefined) return undefined;
  const head =
    "bytes" in source ? source.bytes.subarray(0, HEAD_BYTES) : await Bun.file(source.path).slice(0, HEAD_BYTES).bytes();
  if (id3End(head) > 0 || byMagic(head) !== undefined) return undefined;
  return samples;
}

/** Deepgram's "2 GB" is our 2 GiB. */
function tooLarge(limit: number): VerbatimError {
  const [unit, name] = limit >= 1024 ** 3 ? [1024 ** 3, "GB"] : [1024 ** 2, "MB"];
  return new VerbatimError("too-large", `Payload size exceeds limit of ${+(limit / unit).toFixed(2)} ${name}.`);
}

function refusedThere(status: number): VerbatimError {
  const kind = status >= 500 ? "server" : "client";
  const answer = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  return new VerbatimError(
    "bad-parameter",
    `The remote server hosting the media returned a ${kind} error: ${answer}.`,
    {
      parameter: "url",
      reason: "url-status",
    },
  );
}
