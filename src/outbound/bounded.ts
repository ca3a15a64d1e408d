/** An answer's body with an end to its size and to our patience. */
import { toVerbatimError, VerbatimError } from "../error.ts";
import { unreachable } from "./target.ts";

export interface Bounds {
  maxBytes: number;
  /** Seconds without a byte. */
  idleTimeout: number;
  /** Ends the request. */
  hop: AbortController;
  /** Told once when the body is over, however it ended. */
  release: () => void;
}

/** The body, pulled as it is read. */
export function bounded(
  response: Response,
  { maxBytes, idleTimeout, hop, release }: Bounds,
): ReadableStream<Uint8Array> {
  const reader = response.body?.getReader();
  let total = 0;
  const fail = (controller: ReadableStreamDefaultController, thrown: unknown) => {
    hop.abort();
    release();
    controller.error(thrown);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const read = reader === undefined ? undefined : await patient(reader.read(), idleTimeout, hop.signal);
          if (read === undefined || read.done) {
            release();
            controller.close();
            return;
          }
          total += read.value.length;
          if (total > maxBytes)
            throw new VerbatimError("too-large", `What the URL gives is larger than ${maxBytes} bytes.`, {
              reason: "url",
            });
          controller.enqueue(read.value);
        } catch (thrown) {
          fail(
            controller,
            thrown instanceof VerbatimError || hop.signal.aborted ? toVerbatimError(thrown) : broken(thrown),
          );
        }
      },
      cancel() {
        hop.abort();
        release();
      },
    },
    // Nothing is read before somebody asks.
    { highWaterMark: 0 },
  );
}

async function patient<Value>(work: Promise<Value>, seconds: number, signal: AbortSignal): Promise<Value> {
  const ended = Promise.withResolvers<never>();
  const stop = () => ended.reject(signal.reason);
  signal.addEventListener("abort", stop);
  const timer = setTimeout(
    () => ended.reject(new VerbatimError("timeout", "The URL stopped giving data half-way.", { reason: "url" })),
    seconds * 1000,
  );
  try {
    signal.throwIfAborted();
    return await Promise.race([work, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    // Who lost the race is heard by nobody.
    work.catch(() => {});
  }
}

function broken(cause: unknown): VerbatimError {
  return unreachable("The connection broke off before the URL had given everything.", cause);
}
