/** `GET /models` and `/models/{id}`: what is installed, and the names that clients know. */
import { statSync } from "node:fs";
import type { Settings } from "../../../config/table.ts";
import { VerbatimError } from "../../../error.ts";
import type { InstalledModel } from "../../../models/model.ts";
import { resolveModel } from "../../../models/resolve.ts";
import { listStore } from "../../../models/store.ts";

interface ModelObject {
  id: string;
  object: "model";
  /** Unix time in seconds. */
  created: number;
  owned_by: string;
}

/** OpenAI's own names, which front ends offer or look for. */
const ALIASES = ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe"];

/** Every name that a request may use: the models on this disk, and OpenAI's where the default model answers to them. */
export async function listModels(settings: Settings): Promise<{ object: "list"; data: ModelObject[] }> {
  const installed = (await listStore(settings)).map((model) => modelObject(model.id, model));
  if (settings.strictModel) return { object: "list", data: installed };
  const usual = await resolveModel(undefined, settings, "request").catch(() => undefined);
  const aliases = usual ? ALIASES.map((name) => modelObject(name, usual)) : [];
  return { object: "list", data: [...aliases, ...installed] };
}

/** One of those, by its id as it stands in the path. */
export async function retrieveModel(encoded: string, settings: Settings): Promise<ModelObject> {
  const id = decodedId(encoded);
  try {
    return modelObject(id, await resolveModel(id, settings, "request"));
  } catch (thrown) {
    if (!(thrown instanceof VerbatimError)) throw thrown;
    throw unknownModel(id, thrown);
  }
}

/** OpenAI's words for a model that is not here; with ours, where it could be. */
export function unknownModel(id: string, cause?: VerbatimError): VerbatimError {
  const known = cause?.code === "model-missing" ? ` here: ${cause.message}` : "";
  return new VerbatimError(cause?.code ?? "model-unknown", `The model '${id.slice(0, 200)}' does not exist${known}`, {
    parameter: "model",
    ...(cause ? { cause } : {}),
  });
}

function modelObject(id: string, { path }: InstalledModel): ModelObject {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return { id, object: "model", created: Math.floor(changed / 1000), owned_by: "verbatim" };
}

/** An id as it stands in a path: some clients encode its slashes, some do not. */
export function decodedId(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
