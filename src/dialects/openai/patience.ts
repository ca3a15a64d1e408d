/**
 * Node's fetch (undici) gives up on a reply whose head does not come within five minutes, whatever time its caller allows. JSON may
 * begin with white space: a reply that takes longer begins before it is ready, and keeps its line alive with it.
 */
import type { Call } from "../call.ts";
import type { Reply } from "./reply.ts";

const PATIENCE_MS = 240_000;
const BEAT_MS = 30_000;

/** A JSON reply, at once or with white space before it. Once begun, a failure can only cut the line. */
export async function patiently(
  whole: Promise<Reply>,
  headers: Record<string, string>,
  call: Pick<Call, "streaming">,
  { patience, beat } = { patience: PATIENCE_MS, beat: BEAT_MS },
): Promise<Response> {
  const waited = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => waited.resolve(undefined), patience);
  const soon = await Promise.race([whole, waited.promise]).finally(() => clearTimeout(timer));
  if (soon) return new Response(soon.body, { headers: { ...headers, "content-type": soon.type } });
  call.streaming = whole.then(
    () => {},
    () => {},
  );
  const encoder = new TextEncoder();
  let beats: Timer;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode("\n"));
      beats = setInterval(() => controller.enqueue(encoder.encode("\n")), beat);
      whole
        .then((reply) => {
          controller.enqueue(encoder.encode(reply.body));
          controller.close();
        })
        .catch((thrown) => controller.error(thrown))
        .finally(() => clearInterval(beats));
    },
    cancel: () => clearInterval(beats),
  });
  return new Response(body, { headers: { ...headers, "content-type": "application/json" } });
}
