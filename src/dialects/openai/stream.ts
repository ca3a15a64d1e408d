/** `stream=true`: server-sent events, one delta per finished segment, whose concatenation is the final text. */
import type { VerbatimError } from "../../error.ts";
import type { TranscribeEvent } from "../../recognizer/recognizer.ts";
import type { Segment, Transcript } from "../../text/transcript.ts";
import { DeltaText } from "./deltas.ts";
import { errorBody } from "./errors.ts";
import { details, facts, logprobsOf, type ReplyShape, transcriptText, usageOf } from "./reply.ts";

export const SSE_TYPE = "text/event-stream; charset=utf-8";
const END = "data: [DONE]\r\n\r\n";
/** A comment: every parser skips it, and proxies see that the line is alive. */
const PING = ": ping\r\n\r\n";
const PING_MS = 15_000;

export interface StreamedReply {
  body: ReadableStream<Uint8Array>;
  /** Resolves when there is nothing left to send, or nobody left to send it to. */
  finished: Promise<void>;
}

/**
 * Events → the body of a streamed reply. Rejects when there is a failure before anything is known of the text, so that it still gets
 * a status of its own; a later one becomes the body's last event, as `failed` words it.
 */
export async function streamed(
  events: AsyncGenerator<TranscribeEvent>,
  shape: ReplyShape,
  failed: (thrown: unknown) => VerbatimError,
): Promise<StreamedReply> {
  const first = await beginning(events);
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const encoder = new TextEncoder();
  const deltas = new Deltas();
  let isOpen = true;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string | undefined) => {
        if (isOpen && text !== undefined) controller.enqueue(encoder.encode(text));
      };
      const pings = setInterval(() => send(PING), PING_MS);
      try {
        for await (const event of follow(first, events)) {
          if (!isOpen) break;
          if (event.type === "segment") send(deltas.next(event.segment, shape));
          else if (event.type === "transcript") send(doneEvent(event.transcript, shape) + END);
        }
      } catch (thrown) {
        send(errorEvent(failed(thrown)));
      } finally {
        clearInterval(pings);
        if (isOpen) controller.close();
        finish();
      }
    },
    cancel() {
      isOpen = false;
    },
  });
  return { body, finished };
}

/** The first event that says that the audio is audio. */
async function beginning(events: AsyncGenerator<TranscribeEvent>): Promise<TranscribeEvent | undefined> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) return undefined;
    if (value.type !== "progress" || value.done > 0) return value;
  }
}

async function* follow(first: TranscribeEvent | undefined, rest: AsyncGenerator<TranscribeEvent>) {
  if (first) yield first;
  yield* rest;
}

/** The deltas of one stream. They add up to the final text: spaces at its edges are not sent. */
export class Deltas {
  readonly #text = new DeltaText();

  /** The event for a segment, or nothing when it says nothing. */
  next({ text, tokens }: Segment, shape: ReplyShape): string | undefined {
    const delta = this.#text.add(text);
    if (delta === undefined) return undefined;
    return sse("transcript.text.delta", { delta, ...(shape.logprobs ? { logprobs: logprobsOf(tokens) } : {}) });
  }
}

/** The event that ends a transcription. Subtitle clients that asked for `verbose_json` find its details here. */
export function doneEvent(transcript: Transcript, shape: ReplyShape): string {
  const segments = transcript.channels[0]?.segments ?? [];
  return sse("transcript.text.done", {
    text: transcriptText(transcript),
    ...(shape.logprobs ? { logprobs: logprobsOf(segments.flatMap(({ tokens }) => tokens)) } : {}),
    ...(shape.format === "verbose_json" ? { ...facts(transcript), ...details(transcript, shape) } : {}),
    ...usageOf(transcript),
  });
}

/** A failure after the first byte: the SDKs throw it. */
function errorEvent(error: VerbatimError): string {
  return `data: ${JSON.stringify(errorBody(error))}\r\n\r\n`;
}

/** OpenAI sends no `event:` line; SubtitleEdit drops events without one, and no SDK minds it. */
function sse(type: string, fields: object): string {
  return `event: ${type}\r\ndata: ${JSON.stringify({ type, ...fields })}\r\n\r\n`;
}
