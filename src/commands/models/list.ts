import { type CatalogueModel, catalogue, findInCatalogue } from "../../models/catalogue.ts";
import { listStore, type StoredModel } from "../../models/store.ts";
import { type Command, EXIT } from "../command.ts";
import { megabytes } from "../progress.ts";

interface Row {
  id: string;
  languages: "en" | "multilingual";
  /** Bytes: on disk, or to download. */
  size: number | null;
  /** Where it lies; null when it is not here. */
  path: string | null;
  place: StoredModel["place"] | null;
  default: boolean;
}

export const list: Command = {
  name: "list",
  summary: "List the models that are here, or all that can be had.",
  usage: ["[--all] [--json]"],
  options: [
    { name: "all", short: "a", meaning: "Also list what can be downloaded." },
    { name: "json", meaning: "Print JSON." },
  ],
  sections: ["folders", "models"],
  async run({ settings, options, terminal }) {
    const here = await listStore(settings);
    const others = options.has("all") ? catalogue.filter(({ id }) => !here.some((model) => model.id === id)) : [];
    const rows = [
      ...here.map((model) => ofStore(model, settings.model)),
      ...others.map((model) => ofCatalogue(model, settings.model)),
    ];
    const inOrder = rows.toSorted((a, b) => order(a.id) - order(b.id));
    if (options.has("json")) terminal.out(`${JSON.stringify(inOrder, null, 2)}\n`);
    else {
      terminal.out(asText(inOrder));
      if (others.length === 0 && !options.has("all"))
        terminal.err("`verbatim models list --all` shows what else can be had.\n");
    }
    return EXIT.ok;
  },
};

function ofStore({ id, multilingual, size, path, place }: StoredModel, preset: string): Row {
  return { id, languages: multilingual ? "multilingual" : "en", size, path, place, default: id === preset };
}

function ofCatalogue({ id, multilingual, publication }: CatalogueModel, preset: string): Row {
  const size = publication?.size ?? null;
  return { id, languages: multilingual ? "multilingual" : "en", size, path: null, place: null, default: id === preset };
}

/** The catalogue's order; what is not in it comes last. */
function order(id: string): number {
  const at = catalogue.findIndex((model) => model.id === id);
  if (at >= 0) return at;
  const base = findInCatalogue(id)?.base;
  return base === undefined ? catalogue.length : order(base) + 0.5;
}

function asText(rows: readonly Row[]): string {
  if (rows.length === 0) return "No model is here yet. The default one comes with: verbatim models pull base.en-q8_0\n";
  const cells = rows.map(({ id, languages, size, path, ...row }) => [
    `${id}${row.default ? " (default)" : ""}`,
    languages === "en" ? "English" : "multilingual",
    size === null ? "?" : `${megabytes(size)} MB`,
    path ?? "not here",
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map(
      ([id = "", languages = "", size = "", path = ""]) =>
        `${id.padEnd(widths[0] ?? 0)}  ${languages.padEnd(widths[1] ?? 0)}  ${size.padStart(widths[2] ?? 0)}  ${path}\n`,
    )
    .join("");
}
