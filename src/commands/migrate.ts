/** `verbatim migrate` */
import { readFile } from "node:fs/promises";
import { migratedFile, readEnvFile } from "../config/migrate.ts";
import { VerbatimError } from "../error.ts";
import { type Command, EXIT } from "./command.ts";

export const migrate: Command = {
  name: "migrate",
  summary: "Print a settings file from the variables of an older server.",
  usage: ["[ENV-FILE...]"],
  description:
    "Reads the variables of Lightning Whisper MLX, Realtime MLX STT, Parakeet, Tiflis Code STT and Hugging Face from the\n" +
    "environment, or from the .env files that are named, and prints what they mean here. What means nothing here stands at the\n" +
    "head, with what is done instead. To keep it: verbatim migrate .env > ~/.config/verbatim/verbatim.toml",
  options: [],
  sections: [],
  async run({ args, terminal }) {
    let environment: Record<string, string | undefined> = args.length > 0 ? {} : process.env;
    for (const path of args) environment = { ...environment, ...readEnvFile(await textOf(path)) };
    terminal.out(migratedFile(environment));
    return EXIT.ok;
  },
};

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw new VerbatimError("bad-parameter", `${path} cannot be read (${code}).`, { cause: thrown });
  }
}
