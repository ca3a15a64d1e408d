/** One request as every part of the server knows it, whichever dialect answers it. */
import { toVerbatimError, type VerbatimError } from "../error.ts";

export interface Call {
  /** `x-request-id`, given or made. */
  id: string;
  /** Who asks, for fairness between clients: an API key's digest or an address. */
  client: string;
  /** The key is one that the server made for a short while: good for work, not for making further keys. */
  temporary?: boolean;
  /** What such a key was made for, in the words of the dialect that made it. */
  about?: unknown;
  /** Ends the work: the client is gone, or the server's time to finish is over. */
  signal: AbortSignal;
  /** The pattern that matched the path. */
  route?: string;
  /** Facts for the request's log line. */
  facts: Record<string, unknown>;
  error?: VerbatimError;
  /** Seconds of a recording that are transcribed, and how many there are where that is known. */
  progress?: { done: number; duration?: number };
  /** Resolves when a streamed reply is over; the request counts as running until then. */
  streaming?: Promise<void>;
}

const calls = new WeakMap<Request, Call>();
/** By id, for who asks how far a request is. */
const running = new Map<string, Call>();

/** Notes what is known of a request before it is routed. */
export function beginCall(request: Request, call: Call): void {
  calls.set(request, call);
  running.set(call.id, call);
}

/** The request is answered. */
export function endCall(call: Call): void {
  if (running.get(call.id) === call) running.delete(call.id);
}

/** A request that is not answered yet, of the same client: others learn nothing of it. */
export function runningCall(id: string, client: string): Call | undefined {
  const call = running.get(id);
  return call?.client === client ? call : undefined;
}

/** What is known of a request that the server handed on. */
export function callOf(request: Request): Call {
  const call = calls.get(request);
  if (!call) throw new Error("this request did not come through the server");
  return call;
}

/** Turns whatever was thrown into the error to answer with, and leaves it for the log. */
export function failCall(request: Request, thrown: unknown): VerbatimError {
  const call = callOf(request);
  const error = toVerbatimError(thrown);
  // Who ended the work knows why: a server that stops says so, though all that the work saw is an abort.
  call.error = error.code === "cancelled" && call.signal.aborted ? toVerbatimError(call.signal.reason) : error;
  return call.error;
}
