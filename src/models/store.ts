/** Where models lie on this machine: the cache folder, the owner's folders, the program itself, an installed package. */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { assetFile, assetFolder, isExecutable } from "../assets/assets.ts";
import type { Settings } from "../config/table.ts";
import { VerbatimError } from "../error.ts";
import { catalogue, findInCatalogue, idOfFile, modelFileName } from "./catalogue.ts";
import { readHeader } from "./header.ts";
import type { InstalledModel } from "./model.ts";
import { removeReceipt } from "./receipt.ts";

/** `cache` is ours to write; `folder` the owner's; `program` inside the executable; `package` a dependency of the checkout. */
type Place = "cache" | "folder" | "program" | "package";

export interface StoredModel extends InstalledModel {
  place: Place;
}

export type StoreSettings = Pick<Settings, "cacheDir" | "modelsDir">;

/** The one folder that models are written to. */
export function modelsFolder({ cacheDir }: Pick<Settings, "cacheDir">): string {
  return join(cacheDir, "models");
}

/** The file of a model, wherever it lies. */
export async function findInStore(id: string, settings: StoreSettings): Promise<StoredModel | undefined> {
  const name = modelFileName(id);
  const candidates: [string, Place][] = [
    [join(modelsFolder(settings), name), "cache"],
    ...settings.modelsDir.flatMap((folder): [string, Place][] => [
      [join(folder, name), "folder"],
      [join(folder, `${id}.bin`), "folder"],
    ]),
  ];
  // An id is a name and no way into other folders.
  if (/[/\\]/.test(id)) return undefined;
  for (const [path, place] of candidates) if (isFile(path)) return stored(id, path, place);
  if (isExecutable && (await assetFile("models", name).exists()))
    return stored(id, join(assetFolder("models"), name), "program");
  const packaged = packagePath(id);
  return packaged && isFile(packaged) ? stored(id, packaged, "package") : undefined;
}

/** Every model on this machine, the catalogue's first and in its order. Files that are no models are left out. */
export async function listStore(settings: StoreSettings): Promise<StoredModel[]> {
  const own = [modelsFolder(settings), ...settings.modelsDir].flatMap(modelFiles).map(idOfFile);
  const ids = new Set([...catalogue.map(({ id }) => id), ...own.sort()]);
  const found = await Promise.all([...ids].map((id) => findInStore(id, settings).catch(unlessOurs)));
  return found.filter((model) => model !== undefined);
}

/** A file that is no model is nobody's business; that the program's own model cannot be written to the cache folder is. */
function unlessOurs(thrown: unknown): undefined {
  if (thrown instanceof VerbatimError && thrown.code === "internal") throw thrown;
}

/** Deletes a model of the cache folder. */
export function removeFromStore(model: StoredModel, settings: StoreSettings): void {
  rmSync(model.path, { force: true });
  removeReceipt(modelsFolder(settings), model.path);
}

async function stored(id: string, path: string, place: Place): Promise<StoredModel> {
  const { multilingual } = await readHeader(path);
  return { id, path, size: statSync(path).size, multilingual, place };
}

/** A checkout's dependency; an executable has none. */
function packagePath(id: string): string | undefined {
  const carrier = findInCatalogue(id)?.package;
  if (!carrier || isExecutable) return undefined;
  return resolve(import.meta.dir, "../../node_modules", carrier.name, carrier.file);
}

function isFile(path: string): boolean {
  // A path through something that is no folder is no file either; Bun's stat throws for that.
  return existsSync(path) && statSync(path).isFile();
}

function modelFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(".bin"));
}
