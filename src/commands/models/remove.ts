import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { VerbatimError } from "../../error.ts";
import { modelFileName } from "../../models/catalogue.ts";
import { partOf } from "../../models/part.ts";
import { removeReceipt } from "../../models/receipt.ts";
import { findInStore, modelsFolder } from "../../models/store.ts";
import { type Command, EXIT } from "../command.ts";

export const remove: Command = {
  name: "rm",
  summary: "Delete models, and what was begun of them, from the cache folder.",
  usage: ["ID…"],
  options: [],
  sections: ["folders", "models"],
  async run({ args, settings, terminal }) {
    if (args.length === 0)
      throw new VerbatimError("bad-parameter", "Name the models to delete: verbatim models rm tiny.en");
    const folder = modelsFolder(settings);
    for (const id of args) {
      const path = join(folder, modelFileName(id));
      const begun = partOf(path);
      // An id is a name and no way into other folders.
      if (/[/\\]/.test(id) || (!existsSync(path) && !existsSync(begun))) {
        const elsewhere = await findInStore(id, settings).catch(() => undefined);
        if (elsewhere)
          throw new VerbatimError(
            "conflict",
            `The model ${id} lies in ${elsewhere.path}, which is not ours to delete.`,
          );
        throw new VerbatimError("not-found", `The model ${id} is not in ${folder}.`);
      }
      rmSync(path, { force: true });
      rmSync(begun, { force: true });
      removeReceipt(folder, path);
      terminal.out(`Removed ${id}.\n`);
    }
    return EXIT.ok;
  },
};
