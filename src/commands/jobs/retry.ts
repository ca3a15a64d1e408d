import { VerbatimError } from "../../error.ts";
import { type Command, EXIT } from "../command.ts";
import { forEachNamed } from "./open.ts";

export const retry: Command = {
  name: "retry",
  summary: "Deliver again what no receiver has taken; a running server does it within half a minute.",
  usage: ["ID…"],
  options: [],
  sections: ["folders", "jobs"],
  async run({ args, settings, terminal }) {
    if (args.length === 0)
      throw new VerbatimError("bad-parameter", "Name the jobs to deliver again: verbatim jobs retry ID");
    await forEachNamed(
      settings,
      args,
      async (store, id) => {
        const isQueued = await store.retry(id);
        if (isQueued) terminal.out(`${id} will be delivered again.\n`);
        return isQueued;
      },
      (id) => `The job ${id} has no result that is to be delivered again. \`verbatim jobs list\` says how it ended.`,
    );
    return EXIT.ok;
  },
};
