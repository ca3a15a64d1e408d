/** The protocol of parakeet-fastapi: one route for recordings, one socket for samples. */
import { type AnyElysia, Elysia } from "elysia";
import { VerbatimError } from "../../error.ts";
import { failCall } from "../call.ts";
import type { Dialect, Services } from "../dialect.ts";
import { type LineDialect, pcmDoor } from "../pcm-door.ts";
import { configurationText } from "./configuration.ts";
import { errorReply } from "./errors.ts";
import { ParakeetProtocol } from "./protocol.ts";
import { answerTranscription } from "./transcribe.ts";

export const parakeet: Dialect = {
  name: "parakeet",
  plugin,
  fail: errorReply,
  sockets: (services) => [pcmDoor(services, ["/parakeet/ws"], parakeetLine, errorReply)],
};

/** How a socket of this protocol is begun. */
export function parakeetLine(request: Request): LineDialect {
  const partials = /^(1|true|yes|on)$/i.test(new URL(request.url).searchParams.get("partials") ?? "");
  return { name: "parakeet", open: (line) => new ParakeetProtocol(line, { partials }) };
}

const tags = ["Parakeet"];

function plugin(services: Services): AnyElysia {
  return new Elysia({ name: "parakeet" })
    .onError(({ error, request }) => errorReply(failCall(request, error)))
    .post("/transcribe", ({ request }) => answerTranscription(request, services), {
      // The body is read as a stream.
      parse: "none",
      detail: {
        summary: "Transcribe a recording",
        description:
          "Multipart: `file`, `include_timestamps` and `should_chunk`. Answers `text`, and `timestamps`, which is null unless asked for.",
        tags,
      },
    })
    .all("/transcribe", ({ request }) => notAllowed(request), { parse: "none", detail: { hide: true } })
    .get("/debug/cfg", () => Response.json(configurationText(services.settings)), {
      detail: { summary: "What the recognition is set to, as YAML in a JSON string", tags },
    });
}

function notAllowed(request: Request): Response {
  const error = new VerbatimError("not-found", `${request.method} is not allowed here.`, { reason: "method" });
  const response = errorReply(failCall(request, error));
  response.headers.set("allow", "POST");
  return response;
}
