/** The routes around transcription: keys, projects, models, status. */
import { type AnyElysia, Elysia } from "elysia";
import { failCall } from "../../call.ts";
import type { Services, SharedPath } from "../../dialect.ts";
import { errorReply, idHeaders, managementErrorReply } from "../errors.ts";
import { grant, tokenDetails } from "./grants.ts";
import { findModel, listModels } from "./models.ts";
import { findProject, listProjects } from "./projects.ts";
import { engineStatus, serverStatus } from "./status.ts";

const tags = ["Deepgram"];

/** `/v1/auth` */
export function accountRoutes(services: Services): AnyElysia {
  return new Elysia({ name: "deepgram-account" })
    .onError(({ error, request }) => errorReply(failCall(request, error), request))
    .post("/v1/auth/grant", async ({ request }) => json(await grant(request, services), request), {
      parse: "none",
      detail: { summary: "Make a key that is good for a short while", tags },
    })
    .get("/v1/auth/token", ({ request }) => json(tokenDetails(request), request), {
      detail: { summary: "What is known of the key that was sent", tags },
    });
}

/** `/v1/projects`, whose clients read errors by other names. */
export function projectRoutes({ settings }: Services): AnyElysia {
  return new Elysia({ name: "deepgram-projects" })
    .onError(({ error, request }) => managementErrorReply(failCall(request, error), request))
    .get("/v1/projects", ({ request }) => json(listProjects(), request), {
      detail: { summary: "List the projects: there is one", tags },
    })
    .get("/v1/projects/:project", ({ request, params }) => inProject(params.project, request, (found) => found), {
      detail: { hide: true },
    })
    .get(
      "/v1/projects/:project/models",
      ({ request, params }) => inProject(params.project, request, () => listModels(settings)),
      { detail: { hide: true } },
    )
    .get(
      "/v1/projects/:project/models/:model",
      ({ request, params }) => inProject(params.project, request, () => findModel(params.model, settings)),
      { detail: { hide: true } },
    );
}

/** Paths that other services have too. */
export function sharedManagement(services: Services): Record<string, SharedPath> {
  const { settings } = services;
  return {
    "/v1/models": { answer: () => listModels(settings), headers: idHeaders, fail: managementErrorReply },
    "/v1/models/*": {
      answer: (_, uuid) => findModel(uuid, settings),
      headers: idHeaders,
      fail: managementErrorReply,
    },
    "/v1/status": {
      open: true,
      headers: idHeaders,
      answer: () => serverStatus(services),
      detail: { summary: "How the server is, in the words of Deepgram's own boxes", tags },
    },
    "/v1/status/engine": {
      open: true,
      headers: idHeaders,
      answer: () => engineStatus,
      detail: { summary: "Whether the engine is connected", tags },
    },
  };
}

async function inProject(
  id: string,
  request: Request,
  answer: (project: object) => object | Promise<object>,
): Promise<Response> {
  const project = findProject(id);
  if (typeof project === "string")
    return new Response(project, { status: 404, headers: { ...idHeaders(request), "content-type": "text/plain" } });
  return json(await answer(project), request);
}

function json(body: object, request: Request): Response {
  return Response.json(body, { headers: { ...idHeaders(request), "content-type": "application/json" } });
}
