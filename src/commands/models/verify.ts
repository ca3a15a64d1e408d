import { VerbatimError } from "../../error.ts";
import { nearestModel } from "../../models/catalogue.ts";
import { findInStore, listStore, type StoredModel } from "../../models/store.ts";
import { type Verdict, verifyModel } from "../../models/verify.ts";
import { type Command, type Context, EXIT } from "../command.ts";
import { openProgressBar } from "../progress.ts";

export const verify: Command = {
  name: "verify",
  summary: "Read models and compare their checksums.",
  usage: ["[ID…] [--json]"],
  description: "Without an ID every model that is here is read. The exit code is 1 when one is damaged.",
  options: [{ name: "json", meaning: "Print JSON." }],
  sections: ["folders", "models"],
  async run(context) {
    const { args, settings, options, terminal } = context;
    const models =
      args.length === 0 ? await listStore(settings) : await Promise.all(args.map((id) => named(id, context)));
    const verdicts = [];
    for (const model of models) {
      const verdict = await read(model, context);
      verdicts.push({ id: model.id, path: model.path, ...verdict });
      if (!options.has("json")) terminal.out(`${model.id}  ${MEANINGS[verdict.state]}  ${model.path}\n`);
    }
    if (options.has("json")) terminal.out(`${JSON.stringify(verdicts, null, 2)}\n`);
    return verdicts.some(({ state }) => state === "wrong") ? EXIT.failed : EXIT.ok;
  },
};

const MEANINGS: Record<Verdict["state"], string> = {
  official: "ok, the published file",
  noted: "ok, as it was made here",
  unknown: "readable; there is no checksum to compare with",
  wrong: "DAMAGED",
};

async function named(id: string, { settings }: Context): Promise<StoredModel> {
  const model = await findInStore(id, settings);
  if (model) return model;
  const near = nearestModel(id);
  throw new VerbatimError(
    "model-missing",
    `The model ${id} is not here.${near && near !== id ? ` Did you mean ${near}?` : ""}`,
  );
}

async function read(model: StoredModel, { settings, signal, terminal }: Context): Promise<Verdict> {
  const bar = openProgressBar(terminal);
  try {
    return await verifyModel(model, settings, {
      signal,
      progress: (done) => terminal.isWatched && bar.update(`Reading ${model.id}`, done, model.size),
    });
  } finally {
    bar.end();
  }
}
