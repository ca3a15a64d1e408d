import { findInCatalogue } from "./catalogue.ts";
import type { InstalledModel } from "./model.ts";
import { type ObtainOptions, type ObtainSettings, obtainModel } from "./obtain.ts";
import { isModelPath, type ResolveSettings, resolveModel } from "./resolve.ts";
import { findInStore } from "./store.ts";

/** The owner's model, by id or path, ready to be opened: found, or got now where the catalogue knows how. */
export async function ensureModel(
  name: string,
  settings: ObtainSettings & ResolveSettings,
  options: ObtainOptions,
): Promise<InstalledModel> {
  const model = isModelPath(name) ? undefined : findInCatalogue(name);
  if (model && !(await findInStore(name, settings)))
    return await obtainModel(model, settings, { ...options, byHand: true });
  return await resolveModel(name, settings, "owner");
}
