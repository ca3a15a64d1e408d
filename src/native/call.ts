/** How a call goes out and what comes back: strings, out-parameters, the library's own bytes, and its errors. */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import { type ErrorCode, VerbatimError } from "../error.ts";
import { native } from "./library.ts";

/** VB_ERROR_SIZE */
const ERROR_BYTES = 256;

/** By VB_E_...; a code of its own only where a caller can do something about it. */
const codes: Record<number, ErrorCode> = {
  1: "bad-parameter",
  3: "bad-audio",
  5: "cancelled",
};

/** What an open call returns, as a plain number: it may be sent to another thread. */
export type Handle<Kind extends string> = Pointer & { readonly kind: Kind };

/** Makes a call that answers with a code and a sentence, and throws what they mean. */
export function call(run: (error: Uint8Array) => number): void {
  const error = new Uint8Array(ERROR_BYTES);
  const code = run(error);
  if (code === 0) return;
  const end = error.indexOf(0);
  const sentence = new TextDecoder().decode(error.subarray(0, end < 0 ? error.length : end));
  throw new VerbatimError(codes[code] ?? "engine-failed", sentence || `The native library failed (${code}).`);
}

/** Makes a call that writes a new object's address to its first argument. */
export function open<Kind extends string>(run: (handle: BigUint64Array, error: Uint8Array) => number): Handle<Kind> {
  const handle = new BigUint64Array(1);
  call((error) => run(handle, error));
  return Number(handle[0]) as unknown as Handle<Kind>;
}

/** Makes a call that fills a vb_buffer, and answers with a copy of its bytes. */
export function takeBytes(run: (buffer: BigUint64Array, error: Uint8Array) => number): Uint8Array<ArrayBuffer> {
  // struct vb_buffer { uint8_t *data; uint64_t size; }
  const buffer = new BigUint64Array(2);
  call((error) => run(buffer, error));
  try {
    const size = Number(buffer[1]);
    return size === 0 ? new Uint8Array(0) : new Uint8Array(toArrayBuffer(buffer[0] as bigint, 0, size).slice(0));
  } finally {
    native().vb_buffer_free(buffer);
  }
}

/** The same for calls that answer in JSON. */
export function takeJson(run: (buffer: BigUint64Array, error: Uint8Array) => number): unknown {
  return JSON.parse(new TextDecoder().decode(takeBytes(run)));
}

/** A text as C wants it. One with a zero character would be cut there in silence, so it is refused. */
export function cString(text: string, name: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0"))
    throw new VerbatimError("bad-parameter", `${name} has a zero character in it.`, { parameter: name });
  return new TextEncoder().encode(`${text}\0`);
}
