/** The bytes of a request as they arrive, watched: no client may send for ever, or stop half-way and keep what it holds. */
import { toVerbatimError, VerbatimError } from "../error.ts";
import type { Hold } from "./hold.ts";

export interface BodyLimits {
  /** Bytes of the whole body. */
  total: number;
  /** Milliseconds without a byte after which the client counts as gone. */
  idle: number;
}

/**
 * The chunks of a body. Ends with `too-large` (reason `upload`), `timeout` (reason `slow-upload`), `bad-request` (reason
 * `broken-upload`), or what the signal says. A reader that leaves early need not care for the rest.
 */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  { total, idle }: BodyLimits,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  let isWaiting = false;
  /** How long a byte is waited for, as the clock below counts it: a machine that slept has not waited. */
  let waited = 0;
  let stalled = false;
  // A pending read then resolves as if the body had ended.
  const cancel = () => void reader.cancel().catch(() => {});
  const watch = setInterval(() => {
    waited += idle / 4;
    stalled = isWaiting && waited > idle;
    if (stalled) cancel();
  }, idle / 4);
  signal.addEventListener("abort", cancel);
  let read = 0;
  try {
    for (;;) {
      isWaiting = true;
      waited = 0;
      const { done, value } = await reader.read().catch((cause: unknown) => {
        signal.throwIfAborted();
        throw toVerbatimError(cause).code === "cancelled" ? cause : brokenOff(cause);
      });
      signal.throwIfAborted();
      if (stalled)
        throw new VerbatimError("timeout", "The upload stopped half-way: no more data came.", {
          reason: "slow-upload",
        });
      if (done) return;
      isWaiting = false;
      read += value.length;
      if (read > total) throw bodyTooLarge(total);
      yield value;
    }
  } catch (thrown) {
    throw toVerbatimError(thrown);
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", cancel);
    // Bun goes on taking the rest of the body and drops it, so that the client gets to read the answer.
    cancel();
  }
}

/** Of a body that is held: its bytes, and what is made of them. */
const HELD_TIMES = 2;

/** A whole body as text; memory for it is taken from `hold`, else the caller has seen to it that bodies are small. */
export async function textOf(
  body: ReadableStream<Uint8Array> | null,
  limits: BodyLimits,
  signal: AbortSignal,
  hold?: Hold,
): Promise<string> {
  // One buffer: a body may come byte by byte, and each of its pieces would cost a hundred times as much.
  const sink = new Bun.ArrayBufferSink();
  sink.start({ asUint8Array: true });
  if (body)
    for await (const chunk of chunksOf(body, limits, signal)) {
      hold?.take(HELD_TIMES * chunk.length);
      sink.write(chunk);
    }
  return new TextDecoder().decode(sink.end() as Uint8Array);
}

/** Refuses a body by what its head says of its length. */
export function checkLength(headers: Headers, total: number): void {
  if (Number(headers.get("content-length")) > total) throw bodyTooLarge(total);
}

function brokenOff(cause: unknown): VerbatimError {
  return new VerbatimError("bad-request", "The upload broke off.", { reason: "broken-upload", cause });
}

function bodyTooLarge(limit: number): VerbatimError {
  return new VerbatimError("too-large", `Maximum content size limit (${limit}) exceeded.`, { reason: "upload" });
}
