/** What no older protocol has: all models that there are, and how far a request is. The server's own page stands on it. */
import { type AnyElysia, Elysia } from "elysia";
import { VerbatimError } from "../../error.ts";
import { callOf, failCall, runningCall } from "../call.ts";
import type { Dialect, Services } from "../dialect.ts";
import { usualStatus } from "../status.ts";
import { describeModels } from "./models.ts";

export const verbatim: Dialect = {
  name: "verbatim",
  plugin,
  fail,
  shared: (services) => ({ "/v1/models": { answer: () => describeModels(services) } }),
};

const tags = ["Verbatim"];

function plugin(_: Services): AnyElysia {
  return new Elysia({ name: "verbatim-dialect" })
    .onError(({ error, request }) => fail(failCall(request, error)))
    .get("/v1/requests/:id", ({ params, request }) => progressOf(params.id, callOf(request).client), {
      detail: {
        summary: "How far a transcription is",
        description:
          "`id` is the `x-request-id` that the client sent with its request. Seconds of audio; null: not known yet.",
        tags,
      },
    });
}

function progressOf(id: string, client: string): { id: string; done: number; duration: number | null } {
  const call = runningCall(id, client);
  if (!call) throw new VerbatimError("not-found", "There is no such request of yours under way.", { parameter: "id" });
  return { id, done: call.progress?.done ?? 0, duration: call.progress?.duration ?? null };
}

function fail({ code, message, parameter }: VerbatimError): Response {
  const error = { code, message, ...(parameter === undefined ? {} : { parameter }) };
  return Response.json({ error }, { status: usualStatus[code] });
}
