import { constants, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { VerbatimError } from "../../error.ts";
import { findInCatalogue, modelFileName } from "../../models/catalogue.ts";
import { moveIntoPlace, writable } from "../../models/disk.ts";
import { obtainModel } from "../../models/obtain.ts";
import { resolveModel } from "../../models/resolve.ts";
import { findInStore, removeFromStore, type StoredModel } from "../../models/store.ts";
import { verifyModel } from "../../models/verify.ts";
import { type Command, type Context, EXIT } from "../command.ts";
import { megabytes, modelProgress } from "../progress.ts";

export const pull: Command = {
  name: "pull",
  summary: "Fetch models, or make them from weights that are here.",
  usage: ["[ID…] [--to FOLDER] [--json]"],
  description:
    "Without an ID it gets the default model. A download that was stopped goes on where it stopped. A quantised model whose full\n" +
    "weights are here is made from them; otherwise its published file is downloaded.",
  options: [
    { name: "to", value: "FOLDER", meaning: "Put a copy into this folder too." },
    { name: "json", meaning: "Print JSON." },
  ],
  sections: ["downloads", "folders", "models"],
  async run(context) {
    const { args, settings, options, terminal } = context;
    const got: StoredModel[] = [];
    for (const id of args.length > 0 ? args : [settings.model]) {
      const model = await pullOne(id, context);
      const to = options.value("to");
      got.push(to === undefined ? model : copyTo(resolve(to), model));
    }
    if (options.has("json")) terminal.out(`${JSON.stringify(got, null, 2)}\n`);
    else for (const { id, path, size } of got) terminal.out(`${id}  ${megabytes(size)} MB  ${path}\n`);
    return EXIT.ok;
  },
};

async function pullOne(id: string, context: Context): Promise<StoredModel> {
  const { settings, log, signal, terminal } = context;
  const model = findInCatalogue(id);
  if (!model) {
    // One of the owner's own is as good; for any other name this says what is wrong with it.
    await resolveModel(id, settings, "owner");
    const own = await findInStore(id, settings);
    if (own) return own;
    throw new VerbatimError("bad-parameter", `${id} is a file, and only models of the catalogue can be fetched.`);
  }
  await removeDamaged(id, context);
  const progress = modelProgress(terminal);
  try {
    return await obtainModel(model, settings, { log, signal, progress, byHand: true });
  } finally {
    progress.end();
  }
}

/** What is broken in the cache folder is fetched again; that is what the command was called for. */
async function removeDamaged(id: string, { settings, signal, log }: Context): Promise<void> {
  const present = await findInStore(id, settings).catch(() => undefined);
  if (present?.place !== "cache") return;
  const { state } = await verifyModel(present, settings, { signal });
  if (state !== "wrong") return;
  log.warn("the model file is damaged and is replaced", { model: id, path: present.path });
  removeFromStore(present, settings);
}

function copyTo(folder: string, model: StoredModel): StoredModel {
  const path = join(folder, modelFileName(model.id));
  const draft = `${path}.${process.pid}`;
  try {
    writable(folder, () => {
      mkdirSync(folder, { recursive: true });
      // Shares the blocks where the file system can.
      copyFileSync(model.path, draft, constants.COPYFILE_FICLONE);
      moveIntoPlace(draft, path);
    });
  } finally {
    rmSync(draft, { force: true });
  }
  return { ...model, path, place: "folder" };
}
