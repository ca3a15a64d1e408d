/** `stream=true`: server-sent events, one delta per finished segment, whose concatenation is the final text. */
import type { VerbatimError } from "../../error.ts";
import type { Segment, Transcript } from "../../text/transcript.ts";
import { errorBody } from "./errors.ts";
import { details, facts, logprobsOf, type ReplyShape, transcriptText, usageOf } from "./reply.ts";

export const SSE_TYPE = "text/event-stream; charset=utf-8";
export const SSE_END = "data: [DONE]\r\n\r\n";
/** A comment: every parser skips it, and proxies see that the line is alive. */
export const SSE_PING = ": ping\r\n\r\n";

/** The deltas of one stream. They add up to the final text: spaces at its edges are not sent. */
export class Deltas {
  #started = false;
  /** Space at the end of what came so far; it belongs to the text only if more follows. */
  #held = "";

  /** The event for a segment, or nothing when it says nothing. */
  next(segment: Segment, shape: ReplyShape): string | undefined {
    const text = this.#held + segment.text;
    const trimmed = text.trimEnd();
    this.#held = text.slice(trimmed.length);
    if (trimmed.trim() === "") return undefined;
    const delta = this.#started ? trimmed : trimmed.trimStart();
    this.#started = true;
    return sse("transcript.text.delta", { delta, ...(shape.logprobs ? { logprobs: logprobsOf([segment]) } : {}) });
  }
}

/** The event that ends a transcription. Subtitle clients that asked for `verbose_json` find its details here. */
export function doneEvent(transcript: Transcript, shape: ReplyShape): string {
  const segments = transcript.channels[0]?.segments ?? [];
  return sse("transcript.text.done", {
    text: transcriptText(transcript),
    ...(shape.logprobs ? { logprobs: logprobsOf(segments) } : {}),
    ...(shape.format === "verbose_json" ? { ...facts(transcript), ...details(transcript, shape) } : {}),
    ...usageOf(transcript),
  });
}

/** A failure after the first byte: the SDKs throw it. */
export function errorEvent(error: VerbatimError): string {
  return `data: ${JSON.stringify(errorBody(error))}\r\n\r\n`;
}

/** OpenAI sends no `event:` line; SubtitleEdit drops events without one, and no SDK minds it. */
function sse(type: string, fields: object): string {
  return `event: ${type}\r\ndata: ${JSON.stringify({ type, ...fields })}\r\n\r\n`;
}
