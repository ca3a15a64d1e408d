/** Gets a model that is not on this machine: made from full weights that are, or downloaded. */
import { dirname, join } from "node:path";
import { readHfToken } from "../config/secrets.ts";
import type { Settings } from "../config/table.ts";
import { VerbatimError } from "../error.ts";
import type { Log } from "../log/log.ts";
import { type CatalogueModel, modelFileName } from "./catalogue.ts";
import { download } from "./download.ts";
import { withLock } from "./lock.ts";
import { partOf, partSize } from "./part.ts";
import type { OnProgress } from "./progress.ts";
import { quantizeFile } from "./quantize.ts";
import { writeReceipt } from "./receipt.ts";
import { findInStore, modelsFolder, type StoredModel, type StoreSettings } from "./store.ts";
import { requireWhole } from "./verify.ts";

export type ObtainSettings = StoreSettings & Pick<Settings, "hfEndpoint" | "hfToken" | "hfTokenFile" | "offline">;

export interface ObtainOptions {
  log: Log;
  signal?: AbortSignal | undefined;
  progress?: OnProgress | undefined;
  /** Whether whoever reads a failure may write to this machine's folders: he is told where the file belongs. */
  byHand?: boolean;
}

/** Puts a model of the catalogue into the cache folder. Processes that want the same one at once do it once; the others wait. */
export async function obtainModel(
  model: CatalogueModel,
  settings: ObtainSettings,
  options: ObtainOptions,
): Promise<StoredModel> {
  const { id, publication } = model;
  const folder = modelsFolder(settings);
  const path = join(folder, modelFileName(id));
  const { signal, progress } = options;
  const total = publication?.size ?? 0;
  const waiting = () => progress?.({ model: id, phase: "waiting", done: partSize(partOf(path)), total });
  return await withLock(join(folder, ".locks", id), { signal, waiting }, async () => {
    // Another process may have put it there while this one waited.
    const present = await findInStore(id, settings).catch(() => undefined);
    if (present) {
      await requireWhole(present, settings, { signal });
      return present;
    }
    const base = model.base === undefined ? undefined : await findInStore(model.base, settings);
    if (base) await make(model, base, path, settings, options);
    else await fetchPublished(model, path, settings, options);
    const made = await findInStore(id, settings);
    if (!made) throw new VerbatimError("internal", `The model ${id} vanished from ${path}.`);
    return made;
  });
}

async function make(
  { id, quantisation }: CatalogueModel,
  base: StoredModel,
  path: string,
  settings: ObtainSettings,
  { log, signal, progress }: ObtainOptions,
): Promise<void> {
  if (quantisation === "f16") throw new VerbatimError("internal", `${id} is no quantisation.`);
  const told = (phase: "checking" | "quantizing") => (done: number) =>
    progress?.({ model: id, phase, done, total: base.size });
  await requireWhole(base, settings, { signal, progress: told("checking") });
  log.debug("quantizing", { model: id, from: base.path });
  const quantizing = told("quantizing");
  const sha256 = await quantizeFile(base.path, path, quantisation, {
    signal,
    progress: (share) => quantizing(Math.round(share * base.size)),
  });
  quantizing(base.size);
  writeReceipt(modelsFolder(settings), path, sha256, `quantized from ${base.id}`);
}

async function fetchPublished(
  { id, base, publication }: CatalogueModel,
  path: string,
  settings: ObtainSettings,
  { log, signal, progress, byHand }: ObtainOptions,
): Promise<void> {
  if (!publication)
    throw new VerbatimError(
      "model-missing",
      `The model ${id} is not published; it is made from ${base}. Run: verbatim models pull ${base}`,
    );
  const { repository, revision, size, sha256 } = publication;
  const endpoint = settings.hfEndpoint.replace(/\/+$/, "");
  const url = `${endpoint}/${repository}/resolve/${revision}/${modelFileName(id)}`;
  if (settings.offline) {
    const way = byHand ? ` Fetch ${url} elsewhere and put it into ${dirname(path)}.` : "";
    throw new VerbatimError(
      "model-missing",
      `The model ${id} is not on this machine, and the setting offline forbids to download it.${way}`,
    );
  }
  log.debug("downloading", { model: id, url });
  await download(
    { url, token: readHfToken(settings), to: path, size, sha256 },
    { log, signal, progress: (done) => progress?.({ model: id, phase: "downloading", done, total: size }) },
  ).catch((thrown: unknown) => {
    if (!byHand || !(thrown instanceof VerbatimError) || thrown.reason !== "unreachable") throw thrown;
    const message = `${thrown.message} It may be fetched elsewhere, too, and put into ${dirname(path)}.`;
    throw new VerbatimError(thrown.code, message, { cause: thrown });
  });
  writeReceipt(modelsFolder(settings), path, sha256, "download");
}
