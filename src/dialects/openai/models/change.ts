/** `POST /models/pull` and `DELETE /models/{id}`: what is on this machine changes, where the owner lets clients do that. */
import { isLoopback, listenAddresses } from "../../../config/listen.ts";
import type { Settings } from "../../../config/table.ts";
import { VerbatimError } from "../../../error.ts";
import { type CatalogueModel, findInCatalogue, nearestModel } from "../../../models/catalogue.ts";
import { findInStore, removeFromStore } from "../../../models/store.ts";
import { callOf, failCall } from "../../call.ts";
import type { Services } from "../../dialect.ts";
import { errorBody } from "../errors.ts";
import { readJson } from "../json-body.ts";
import { SSE_TYPE } from "../stream.ts";
import { shown } from "../values.ts";
import { decodedId, unknownModel } from "./list.ts";
import type { Pulls } from "./pulls.ts";

/** Fetches a model of the catalogue; the answer is a line of JSON, or an event, for each step of it. */
export async function pullModel(request: Request, services: Services, pulls: Pulls): Promise<Response> {
  const call = callOf(request);
  // Pages of other sites may send anything else without asking first.
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? ""))
    throw new VerbatimError("bad-request", 'Send JSON, with \'Content-Type: application/json\': {"model": "base"}.');
  mayChange(request, services.settings);
  const { model: given } = await readJson(request, services);
  const model = published(given);
  const left = new AbortController();
  const steps = pulls.follow(model, AbortSignal.any([call.signal, left.signal]));
  // A failure before the first step still has a status of its own.
  const first = await steps.next();
  const isEvents = request.headers.get("accept")?.includes("text/event-stream") === true;
  const line = (step: object) => (isEvents ? `data: ${JSON.stringify(step)}\r\n\r\n` : `${JSON.stringify(step)}\n`);
  const over = Promise.withResolvers<void>();
  call.streaming = over.promise;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => {
        if (!left.signal.aborted) controller.enqueue(encoder.encode(text));
      };
      try {
        let step = first;
        for (; !step.done; step = await steps.next()) {
          const { model: id, phase, done, total } = step.value;
          send(line({ model: id, status: phase, completed: done, total }));
        }
        const { id, size } = step.value;
        send(line({ model: id, status: "success", completed: size, total: size }));
      } catch (thrown) {
        send(line(errorBody(failCall(request, thrown))));
      } finally {
        if (isEvents) send("data: [DONE]\r\n\r\n");
        if (!left.signal.aborted) controller.close();
        over.resolve();
      }
    },
    cancel: () => left.abort(),
  });
  const type = isEvents ? SSE_TYPE : "application/x-ndjson";
  return new Response(body, {
    headers: { "content-type": type, "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}

/** Deletes a model that was fetched or made here. */
export async function deleteModel(request: Request, encoded: string, services: Services): Promise<object> {
  const { settings, engines } = services;
  const id = decodedId(encoded);
  const model = await findInStore(id, settings);
  if (!model) throw unknownModel(id);
  mayChange(request, settings);
  if (id === settings.model)
    throw new VerbatimError("forbidden", `The model ${id} is the one that requests get by default. It stays.`, {
      parameter: "model",
    });
  if (model.place !== "cache")
    throw new VerbatimError("forbidden", `The model ${id} was not fetched by this server, which cannot delete it.`, {
      parameter: "model",
    });
  await engines.unload(id);
  removeFromStore(model, settings);
  return { id, object: "model", deleted: true };
}

function mayChange(request: Request, settings: Settings): void {
  if (callOf(request).temporary)
    throw new VerbatimError("forbidden", "A short-lived key is not good for fetching or deleting models.");
  const { manageModels } = settings;
  if (manageModels === "always") return;
  const isPrivate = listenAddresses(settings).every(({ host }) => isLoopback(host));
  if (manageModels === "loopback" && isPrivate) return;
  throw new VerbatimError(
    "forbidden",
    "Models of this server are fetched and deleted by its owner (verbatim models), unless the setting manage-models allows it.",
  );
}

function published(given: unknown): CatalogueModel {
  const parameter = "model";
  if (given === undefined)
    throw new VerbatimError("bad-parameter", "Missing required parameter: 'model'.", { parameter, reason: "missing" });
  const model = typeof given === "string" ? findInCatalogue(given) : undefined;
  if (model) return model;
  const near = typeof given === "string" ? nearestModel(given) : undefined;
  const hint = near ? ` Did you mean '${near}'?` : "";
  throw new VerbatimError("model-unknown", `There is no model '${shown(given)}' to be fetched.${hint}`, { parameter });
}
