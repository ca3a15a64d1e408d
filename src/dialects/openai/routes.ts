/** OpenAI's REST routes for speech: https://platform.openai.com/docs/api-reference/audio */
import { type AnyElysia, Elysia } from "elysia";
import { VerbatimError } from "../../error.ts";
import { failCall } from "../call.ts";
import type { Dialect, Services, SharedPath } from "../dialect.ts";
import { modelsDetail, realtimeDetail, speechDetail } from "./documentation.ts";
import { audioErrorReply, errorReply } from "./errors.ts";
import { deleteModel, pullModel } from "./models/change.ts";
import { listModels, retrieveModel } from "./models/list.ts";
import { Pulls } from "./models/pulls.ts";
import { noHandshake, realtimeDoor } from "./realtime/door.ts";
import { createClientSecret, createTranscriptionSession } from "./realtime/secrets.ts";
import { answerSpeech } from "./speech.ts";

export const openai: Dialect = {
  name: "openai",
  plugin,
  fail: errorReply,
  shared: sharedModels,
  sockets: (services) => [realtimeDoor(services)],
};

// A base URL that lacks its /v1 is a common mistake in set-ups.
const BASES = ["/v1", ""];

function plugin(services: Services): AnyElysia {
  const pulls = new Pulls(services.settings, services.log);
  const app: AnyElysia = new Elysia({ name: "openai" }).onError(({ error, request }) => {
    const isAudio = new URL(request.url).pathname.includes("/audio/");
    return (isAudio ? audioErrorReply : errorReply)(failCall(request, error));
  });
  for (const base of BASES) {
    const hide = base === "";
    for (const [name, task] of [
      ["transcriptions", "transcribe"],
      ["translations", "translate"],
    ] as const) {
      const path = `${base}/audio/${name}`;
      app.post(path, ({ request }) => answerSpeech(task, request, services), {
        // The body is read as a stream.
        parse: "none",
        detail: { ...speechDetail(task), hide },
      });
      app.all(path, ({ request }) => notAllowed(request, "POST"), { parse: "none" });
    }
    for (const [name, create] of [
      ["client_secrets", createClientSecret],
      ["transcription_sessions", createTranscriptionSession],
    ] as const) {
      const path = `${base}/realtime/${name}`;
      app.post(path, ({ request }) => create(request, services), {
        parse: "none",
        detail: { ...realtimeDetail[name], hide },
      });
      app.all(path, ({ request }) => notAllowed(request, "POST"), { parse: "none" });
    }
    app.all(
      `${base}/realtime`,
      () => {
        throw noHandshake();
      },
      { parse: "none" },
    );
    app.post(`${base}/models/pull`, ({ request }) => pullModel(request, services, pulls), {
      parse: "none",
      detail: { ...modelsDetail.pull, hide },
    });
    app.delete(`${base}/models/*`, ({ request, params }) => deleteModel(request, params["*"], services), {
      parse: "none",
      detail: { ...modelsDetail.remove, hide },
    });
    app.all(`${base}/models`, ({ request }) => notAllowed(request, "GET"), { parse: "none" });
    app.all(`${base}/models/*`, ({ request }) => notAllowed(request, "GET, DELETE"), { parse: "none" });
  }
  return app;
}

/** Other services have a list of models at the same place. */
function sharedModels({ settings }: Services): Record<string, SharedPath> {
  const paths = BASES.map((base) => {
    const hide = base === "";
    return {
      [`${base}/models`]: { answer: () => listModels(settings), detail: { ...modelsDetail.list, hide } },
      [`${base}/models/*`]: {
        answer: (_: Request, id: string) => retrieveModel(id, settings),
        detail: { ...modelsDetail.one, hide },
      },
    };
  });
  return Object.assign({}, ...paths);
}

function notAllowed(request: Request, allowed: string): Response {
  const path = new URL(request.url).pathname.slice(0, 200);
  const message = `Not allowed to ${request.method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`;
  const error = failCall(request, new VerbatimError("not-found", message, { reason: "method" }));
  const response = errorReply(error);
  response.headers.set("allow", allowed);
  return response;
}
