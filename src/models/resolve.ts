/** Which model a name means on this machine. */
import type { Settings } from "../config/table.ts";
import { VerbatimError } from "../error.ts";
import { isForeign, plainName } from "./aliases.ts";
import { type CatalogueModel, findInCatalogue, nearestModel, QUANTISATIONS } from "./catalogue.ts";
import { readHeader } from "./header.ts";
import type { InstalledModel } from "./model.ts";
import { findInStore, type StoreSettings } from "./store.ts";
import { requireWhole } from "./verify.ts";

export type ResolveSettings = StoreSettings & Pick<Settings, "model" | "strictModel">;

/** Whose word a name is: a request may not name files, and may use other services' names; the owner may name any file. */
export type Asker = "request" | "owner";

/**
 * The installed model that a name means; no name means the default. Throws `model-missing` with the command that gets it, or
 * `model-unknown` with the nearest name.
 */
export async function resolveModel(
  name: string | undefined,
  settings: ResolveSettings,
  asker: Asker,
): Promise<InstalledModel> {
  if (name === undefined || name === "" || name === settings.model) return ofOwner(settings.model, settings);
  return asker === "owner" ? ofOwner(name, settings) : ofRequest(name, settings);
}

/** A path of the owner's, as the settings have made it: absolute, or relative to the current directory of a command. */
export function isModelPath(name: string): boolean {
  return name.endsWith(".bin");
}

async function ofOwner(name: string, settings: ResolveSettings): Promise<InstalledModel> {
  if (isModelPath(name)) {
    const { multilingual } = await readHeader(name);
    return { id: name, path: name, size: Bun.file(name).size, multilingual };
  }
  const found = await findWhole(name, settings);
  if (found) return found;
  const model = findInCatalogue(name);
  throw model ? missing(model) : unknown(name);
}

async function ofRequest(name: string, settings: ResolveSettings): Promise<InstalledModel> {
  const found = await findWhole(name, settings);
  if (found) return found;
  const exact = findInCatalogue(name);
  if (settings.strictModel) throw exact ? missing(exact) : unknown(name);
  const plain = plainName(name);
  const family = findInCatalogue(plain);
  // A name with its quantisation is one of ours, meant to the letter; a bare one is what every client of Whisper sends.
  if (exact?.base !== undefined) throw missing(exact);
  if (family) return (await anyQuantisation(family, settings)) ?? ofOwner(settings.model, settings);
  if (isForeign(plain)) return ofOwner(settings.model, settings);
  throw unknown(name);
}

/** The same weights in another form, the most exact first. */
async function anyQuantisation({ id }: CatalogueModel, settings: ResolveSettings): Promise<InstalledModel | undefined> {
  for (const candidate of [id, ...QUANTISATIONS.map((type) => `${id}-${type}`)]) {
    const found = await findWhole(candidate, settings);
    if (found) return found;
  }
  return undefined;
}

async function findWhole(id: string, settings: ResolveSettings): Promise<InstalledModel | undefined> {
  const found = await findInStore(id, settings);
  if (found) await requireWhole(found, settings);
  return found;
}

function missing({ id }: CatalogueModel): VerbatimError {
  return new VerbatimError("model-missing", `The model ${id} is not on this machine. Run: verbatim models pull ${id}`, {
    parameter: "model",
  });
}

function unknown(name: string): VerbatimError {
  const near = nearestModel(plainName(name));
  const hint = near ? ` Did you mean ${near}?` : " Run: verbatim models list --all";
  return new VerbatimError("model-unknown", `There is no model ${name}.${hint}`, { parameter: "model" });
}
