/** The models there are: models/catalogue.json, and what can be made from those here. Nothing in it says what is on this disk. */
import source from "../../models/catalogue.json" with { type: "json" };
import { nearest } from "../config/suggest.ts";

/** Ways to store weights in fewer bits. q8_0 costs no accuracy; the rest cost more the smaller they are. */
export const QUANTISATIONS = ["q8_0", "q5_1", "q5_0", "q4_1", "q4_0"] as const;
export type Quantisation = (typeof QUANTISATIONS)[number];

/** A published file. */
interface Publication {
  repository: string;
  /** A commit, so that the file behind an id never changes. */
  revision: string;
  licence: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

export interface CatalogueModel {
  id: string;
  multilingual: boolean;
  quantisation: Quantisation | "f16";
  /** The full-precision model that this one can be made from on this machine. */
  base?: string;
  publication?: Publication;
  /** An installed dependency that carries the same file. */
  package?: { name: string; version: string; file: string };
}

/** Every published model, smallest family first. */
export const catalogue: readonly CatalogueModel[] = source.models.map((row) => {
  const { path, revision, licence } = source.repositories[row.repository as keyof typeof source.repositories];
  const { quantisation } = row as { quantisation: CatalogueModel["quantisation"] };
  return {
    id: row.id,
    multilingual: row.languages === "multilingual",
    quantisation,
    ...(quantisation === "f16" ? {} : { base: baseOf(row.id, quantisation) }),
    publication: { repository: path, revision, licence, size: row.size, sha256: row.sha256 },
    ...(row.package ? { package: row.package } : {}),
  };
});

const byId = new Map(catalogue.map((model) => [model.id, model]));

/** A published model, or a quantisation that can be made of one (`large-v3-q8_0`); undefined for what is neither. */
export function findInCatalogue(id: string): CatalogueModel | undefined {
  const published = byId.get(id);
  if (published) return published;
  const quantisation = QUANTISATIONS.find((type) => id.endsWith(`-${type}`));
  if (!quantisation) return undefined;
  const base = byId.get(baseOf(id, quantisation));
  if (base?.quantisation !== "f16") return undefined;
  return { id, multilingual: base.multilingual, quantisation, base: base.id };
}

/** What a model's file is called here and at its publishers'. */
export function modelFileName(id: string): string {
  return `ggml-${id}.bin`;
}

/** The id behind a file name: `ggml-base.en.bin` is `base.en`, and `mine.bin` is `mine`. */
export function idOfFile(name: string): string {
  return name.replace(/\.bin$/, "").replace(/^ggml-/, "");
}

/** The same weights with all languages, in the same or the nearest quantisation that is published. */
export function multilingualCounterpart(id: string): string {
  const wanted = id.replace(/\.en(-tdrz)?/, "");
  const family = wanted.replace(/-q\d_\d$/, "");
  if (byId.get(wanted)?.multilingual) return wanted;
  return byId.get(family)?.multilingual ? family : "base-q8_0";
}

/** The id that was probably meant. */
export function nearestModel(name: string): string | undefined {
  return nearest(name, byId.keys());
}

function baseOf(id: string, quantisation: string): string {
  return id.slice(0, -quantisation.length - 1);
}
