/** Deepgram's API for speech to text: https://developers.deepgram.com/reference */
import { type AnyElysia, Elysia } from "elysia";
import { VerbatimError } from "../../error.ts";
import { failCall } from "../call.ts";
import type { Dialect, Services } from "../dialect.ts";
import { errorReply } from "./errors.ts";
import { listenDoor } from "./live/door.ts";
import { answerRecording } from "./recordings/listen.ts";

export const deepgram: Dialect = {
  name: "deepgram",
  plugin,
  fail: errorReply,
  sockets: (services) => [listenDoor(services)],
};

function plugin(services: Services): AnyElysia {
  const app: AnyElysia = new Elysia({ name: "deepgram" }).onError(({ error, request }) =>
    errorReply(failCall(request, error), request),
  );
  app.post("/v1/listen", ({ request }) => answerRecording(request, services), {
    // The body is read as a stream.
    parse: "none",
  });
  for (const path of ["/v1/listen", "/v2/listen"]) {
    app.get(path, ({ request }) => upgradeRequired(request), { detail: { hide: true } });
  }
  return app;
}

function upgradeRequired(request: Request): Response {
  const message = "Live audio needs a WebSocket: send the handshake of one, or POST a recording to /v1/listen.";
  return errorReply(failCall(request, new VerbatimError("bad-request", message, { reason: "upgrade" })), request);
}
