import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { VerbatimError } from "../../error.ts";
import { idOfFile, modelFileName, QUANTISATIONS, type Quantisation } from "../../models/catalogue.ts";
import { quantizeFile } from "../../models/quantize.ts";
import { writeReceipt } from "../../models/receipt.ts";
import { isModelPath, resolveModel } from "../../models/resolve.ts";
import { modelsFolder } from "../../models/store.ts";
import { type Command, EXIT } from "../command.ts";
import { megabytes, openProgressBar } from "../progress.ts";

export const quantize: Command = {
  name: "quantize",
  summary: "Make a smaller model from full weights.",
  usage: ["ID|FILE.bin TYPE [--to FILE.bin] [--json]"],
  description:
    `TYPE is one of ${QUANTISATIONS.join(", ")}; q8_0 is the one that costs no accuracy. The result of an ID goes to the cache folder as\n` +
    "ID-TYPE, that of a file beside it.",
  options: [
    { name: "to", value: "FILE.bin", meaning: "Write the result to this file." },
    { name: "json", meaning: "Print JSON." },
  ],
  sections: ["folders", "models"],
  async run({ args, settings, options, signal, terminal }) {
    const [source, type, ...more] = args;
    if (source === undefined || type === undefined || more.length > 0)
      throw new VerbatimError("bad-parameter", "Name a model and a type: verbatim models quantize base.en q8_0");
    if (!isQuantisation(type))
      throw new VerbatimError("bad-parameter", `There is no type ${type}; there are ${QUANTISATIONS.join(", ")}.`);
    const own = isModelPath(source);
    const model = await resolveModel(own ? resolve(source) : source, settings, "owner");
    const id = `${own ? idOfFile(model.path.replace(/^.*[/\\]/, "")) : model.id}-${type}`;
    const given = options.value("to");
    const to = given ? resolve(given) : join(own ? dirname(model.path) : modelsFolder(settings), modelFileName(id));
    if (existsSync(to)) throw new VerbatimError("conflict", `${to} exists already.`);
    const bar = openProgressBar(terminal);
    let sha256: string;
    try {
      const progress = (share: number) => bar.update(`Making ${id}`, share, 1);
      sha256 = await quantizeFile(model.path, to, type, { signal, progress });
    } finally {
      bar.end();
    }
    if (!own && !given) writeReceipt(modelsFolder(settings), to, sha256, `quantized from ${model.id}`);
    const { size } = Bun.file(to);
    if (options.has("json")) terminal.out(`${JSON.stringify({ id, path: to, size, sha256 }, null, 2)}\n`);
    else terminal.out(`${id}  ${megabytes(size)} MB  ${to}\n`);
    return EXIT.ok;
  },
};

function isQuantisation(text: string): text is Quantisation {
  return QUANTISATIONS.some((type) => type === text);
}
