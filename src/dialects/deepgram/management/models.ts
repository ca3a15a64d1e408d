/** `/v1/models`: the models on this machine. */
import type { Settings } from "../../../config/table.ts";
import { VerbatimError } from "../../../error.ts";
import type { InstalledModel } from "../../../models/model.ts";
import { listStore } from "../../../models/store.ts";
import { LANGUAGES } from "../../../text/languages.ts";
import { modelInfo, modelUuid } from "../model.ts";

/** `GET /v1/models`. Nothing here speaks. */
export async function listModels(settings: Settings): Promise<{ stt: object[]; tts: object[] }> {
  return { stt: (await listStore(settings)).map(describe), tts: [] };
}

/** `GET /v1/models/{uuid}`. Throws `not-found`. */
export async function findModel(uuid: string, settings: Settings): Promise<object> {
  const found = (await listStore(settings)).find(({ id }) => modelUuid(id) === uuid.toLowerCase());
  if (found) return describe(found);
  throw new VerbatimError("not-found", `There is no model ${uuid.slice(0, 100)}.`);
}

function describe(model: InstalledModel): object {
  const { name, version, arch } = modelInfo(model);
  return {
    name,
    canonical_name: name,
    architecture: arch,
    languages: model.multilingual ? LANGUAGES.map(({ code }) => code) : ["en"],
    version,
    uuid: modelUuid(model.id),
    batch: true,
    streaming: true,
    formatted_output: true,
  };
}
