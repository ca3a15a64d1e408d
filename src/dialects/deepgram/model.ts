/** Which model and which language a request means, and what Deepgram's clients are told of a model. */
import { statSync } from "node:fs";
import type { Settings } from "../../config/table.ts";
import { VerbatimError } from "../../error.ts";
import { requireLanguage } from "../../models/language.ts";
import type { InstalledModel } from "../../models/model.ts";
import { resolveModel } from "../../models/resolve.ts";
import { listStore } from "../../models/store.ts";
import { parseLanguage } from "../../text/languages.ts";
import { uuidOf } from "./uuids.ts";

/** `model_info` of a reply. */
export interface ModelInfo {
  name: string;
  version: string;
  arch: string;
}

/** The installed model for a name of Deepgram's, of Whisper's, or a UUID of `/v1/models`. Other names mean the default, unless the server is strict. */
export async function modelFor(name: string | undefined, settings: Settings): Promise<InstalledModel> {
  if (name !== undefined && /^flux(-|$)/i.test(name)) {
    const message = `The model ${name.slice(0, 100)} is one of turns, which /v2/listen serves.`;
    throw new VerbatimError("model-unknown", message, { parameter: "model" });
  }
  if (name !== undefined && isUuid(name)) {
    const known = (await listStore(settings)).find(({ id }) => modelUuid(id) === name.toLowerCase());
    if (known) return known;
  }
  try {
    return await resolveModel(name, settings, "request");
  } catch (thrown) {
    const unknown = thrown instanceof VerbatimError && thrown.code === "model-unknown";
    if (!unknown || settings.strictModel) throw thrown;
    return resolveModel(undefined, settings, "request");
  }
}

/** A Whisper code, `multi`, or undefined where the language is to be heard. Throws `language-unsupported` for what is no language or not the model's. */
export function languageFor(language: string | undefined, model: InstalledModel, usual: string): string | undefined {
  const asked = language ?? usual;
  if (asked.toLowerCase() === "multi") return "multi";
  const code = parseLanguage(asked);
  if (code === undefined)
    throw new VerbatimError("language-unsupported", `There is no language '${asked.slice(0, 100)}'.`, {
      parameter: "language",
    });
  if (code === "auto") return undefined;
  requireLanguage(model, code);
  return code;
}

/** The UUID by which a model is named in replies: the same on every machine. */
export function modelUuid(id: string): string {
  return uuidOf(`model:${id}`);
}

/** What replies say of the model that really ran. */
export function modelInfo({ id, path }: InstalledModel): ModelInfo {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date(0);
  return { name: shownId(id), version: `${changed.toISOString().slice(0, 10)}.0`, arch: "whisper" };
}

/** The path of a user's own model is the server's business. */
export function shownId(id: string): string {
  return id.split(/[/\\]/).at(-1) ?? id;
}

/** `8bit` for `base.en-q8_0`; null for weights as they were trained. */
export function quantization(id: string): string | null {
  const [, bits] = /-q(\d)_\d(?:\.bin)?$/.exec(id) ?? [];
  return bits === undefined ? null : `${bits}bit`;
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
