/** Every model that can be had, and what this server has of it. */
import { catalogue } from "../../models/catalogue.ts";
import { listStore } from "../../models/store.ts";
import type { Services } from "../dialect.ts";

interface DescribedModel {
  id: string;
  multilingual: boolean;
  /** Bytes on disk, or to be fetched; null where it is made on this machine. */
  size: number | null;
  installed: boolean;
  loaded: boolean;
  /** What requests get that name no model. */
  default: boolean;
}

/** The installed ones first, then what could be fetched. */
export async function describeModels({ settings, engines }: Pick<Services, "settings" | "engines">): Promise<{
  models: DescribedModel[];
}> {
  const installed = await listStore(settings);
  const loaded = new Set(engines.status().flatMap(({ id, state }) => (state === "ready" ? [id] : [])));
  const here = new Set(installed.map(({ id }) => id));
  const others = catalogue.filter(({ id }) => !here.has(id));
  return {
    models: [
      ...installed.map(({ id, multilingual, size }) => ({
        id,
        multilingual,
        size,
        installed: true,
        loaded: loaded.has(id),
        default: id === settings.model,
      })),
      ...others.map(({ id, multilingual, publication }) => ({
        id,
        multilingual,
        size: publication?.size ?? null,
        installed: false,
        loaded: false,
        default: id === settings.model,
      })),
    ],
  };
}
