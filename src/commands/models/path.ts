import { VerbatimError } from "../../error.ts";
import { resolveModel } from "../../models/resolve.ts";
import { type Command, EXIT } from "../command.ts";

export const path: Command = {
  name: "path",
  summary: "Print the path of a model's file.",
  usage: ["[ID]"],
  description: "Without an ID it is the default model's.",
  options: [],
  sections: ["folders", "models"],
  async run({ args, settings, terminal }) {
    if (args.length > 1) throw new VerbatimError("bad-parameter", "Name one model.");
    const model = await resolveModel(args[0], settings, "owner");
    terminal.out(`${model.path}\n`);
    return EXIT.ok;
  },
};
