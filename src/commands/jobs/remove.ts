import { VerbatimError } from "../../error.ts";
import { type Command, EXIT } from "../command.ts";
import { forEachNamed } from "./open.ts";

export const remove: Command = {
  name: "rm",
  summary: "Forget jobs, with their recordings and results; what is being done of them leads nowhere.",
  usage: ["ID…"],
  options: [],
  sections: ["folders", "jobs"],
  async run({ args, settings, terminal }) {
    if (args.length === 0) throw new VerbatimError("bad-parameter", "Name the jobs to remove: verbatim jobs rm ID");
    await forEachNamed(
      settings,
      args,
      async (store, id) => {
        const isRemoved = await store.remove(id);
        if (isRemoved) terminal.out(`Removed ${id}.\n`);
        return isRemoved;
      },
      (id) => `There is no job ${id}. \`verbatim jobs list\` lists them.`,
    );
    return EXIT.ok;
  },
};
