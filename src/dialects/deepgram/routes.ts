/** Deepgram's API for speech to text: https://developers.deepgram.com/reference */
import { type AnyElysia, Elysia } from "elysia";
import { VerbatimError } from "../../error.ts";
import { failCall } from "../call.ts";
import type { Dialect, Services } from "../dialect.ts";
import { errorReply } from "./errors.ts";
import { fluxDoor } from "./flux/door.ts";
import { listenDoor } from "./live/door.ts";
import { accountRoutes, projectRoutes, sharedManagement } from "./management/routes.ts";
import { recordingDetail } from "./recordings/documentation.ts";
import { recordingJobs } from "./recordings/jobs.ts";
import { answerRecording } from "./recordings/listen.ts";

export const deepgram: Dialect = {
  name: "deepgram",
  plugin,
  fail: errorReply,
  sockets: (services) => [listenDoor(services), fluxDoor(services)],
  shared: sharedManagement,
};

function plugin(services: Services): AnyElysia {
  const { kind, runner } = recordingJobs(services);
  services.jobs.register(kind, runner);
  return new Elysia({ name: "deepgram" })
    .use(listenRoutes(services))
    .use(accountRoutes(services))
    .use(projectRoutes(services));
}

function listenRoutes(services: Services): AnyElysia {
  return new Elysia({ name: "deepgram-listen" })
    .onError(({ error, request }) => errorReply(failCall(request, error), request))
    .post("/v1/listen", ({ request }) => answerRecording(request, services), {
      // The body is read as a stream.
      parse: "none",
      detail: recordingDetail,
    })
    .get("/v1/listen", ({ request }) => upgradeRequired(request), { detail: { hide: true } })
    .get("/v2/listen", ({ request }) => upgradeRequired(request), { detail: { hide: true } })
    .all("/v1/listen", ({ request }) => notAllowed(request, "GET, POST"), { parse: "none", detail: { hide: true } })
    .all("/v2/listen", ({ request }) => notAllowed(request, "GET"), { parse: "none", detail: { hide: true } });
}

function upgradeRequired(request: Request): Response {
  const message = "Live audio needs a WebSocket: send the handshake of one, or POST a recording to /v1/listen.";
  return errorReply(failCall(request, new VerbatimError("bad-request", message, { reason: "upgrade" })), request);
}

function notAllowed(request: Request, allowed: string): Response {
  const message = `${request.method} is not allowed here.`;
  const error = failCall(request, new VerbatimError("not-found", message, { reason: "method" }));
  const response = errorReply(error, request);
  response.headers.set("allow", allowed);
  return response;
}
