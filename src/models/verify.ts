/** Whether a model file is what it should be. */
import type { Settings } from "../config/table.ts";
import { VerbatimError } from "../error.ts";
import { findInCatalogue } from "./catalogue.ts";
import { sha256Of } from "./checksum.ts";
import { readReceipt, writeReceipt } from "./receipt.ts";
import { modelsFolder, type StoredModel } from "./store.ts";

export interface Verdict {
  sha256: string;
  /** `official`: the published file. `noted`: as it was when it was put here. `unknown`: nothing to compare with. `wrong`: changed or damaged. */
  state: "official" | "noted" | "unknown" | "wrong";
  expected?: string;
}

interface VerifyOptions {
  signal?: AbortSignal | undefined;
  progress?: ((bytes: number) => void) | undefined;
}

type CacheSettings = Pick<Settings, "cacheDir">;

/** Reads a whole model file and compares its checksum with the published one, or with the one noted when it was made here. */
export async function verifyModel(
  model: StoredModel,
  settings: CacheSettings,
  options: VerifyOptions = {},
): Promise<Verdict> {
  const sha256 = await sha256Of(model.path, options);
  const official = findInCatalogue(model.id)?.publication?.sha256;
  if (sha256 === official) return { sha256, state: "official" };
  const noted = readReceipt(modelsFolder(settings), model.path, { evenIfChanged: true });
  if (noted) return { sha256, state: noted.sha256 === sha256 ? "noted" : "wrong", expected: noted.sha256 };
  // What an owner's folder holds under a published name may be a quantisation of the owner's.
  if (official && (model.place !== "folder" || !model.id.includes("-q")))
    return { sha256, state: "wrong", expected: official };
  return { sha256, state: "unknown" };
}

/** Throws unless a model is whole. Reads the file only when it has changed since it was last verified. */
export async function requireWhole(
  model: StoredModel,
  settings: CacheSettings,
  options: VerifyOptions = {},
): Promise<void> {
  const folder = modelsFolder(settings);
  if (readReceipt(folder, model.path)) return;
  const { state, sha256, expected } = await verifyModel(model, settings, options);
  if (state === "wrong") {
    const remedy =
      model.place === "cache" ? ` Run: verbatim models rm ${model.id} && verbatim models pull ${model.id}` : "";
    throw new VerbatimError(
      "model-missing",
      `The model file ${model.path} is damaged: its sha256 is ${sha256}, and ${expected} is expected.${remedy}`,
    );
  }
  writeReceipt(folder, model.path, sha256, "found");
}
