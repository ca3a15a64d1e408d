/** What lies beside libverbatim in a release: its CPU variants, one file for each generation of CPUs, and what computes on a GPU. */
import { dlopen } from "bun:ffi";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { libraryFolder, openLinked } from "./library.ts";

const isCpu = (name: string) => /^(lib)?ggml-cpu[-.]/.test(name);

function backendFiles(): string[] {
  const isBackend = (name: string) => /^(lib)?ggml-(?!base\.).+\.(so|dylib|dll)$/.test(name);
  return readdirSync(libraryFolder()).filter(isBackend).sort();
}

/** Files of the CPU variants; none where the library is in one piece, for one CPU. */
export function variantFiles(): string[] {
  return backendFiles().filter(isCpu);
}

/** Files that compute on a GPU. */
export function gpuFiles(): string[] {
  return backendFiles().filter((name) => !isCpu(name));
}

/**
 * The variants whose instructions this CPU says that it has, highest bid first. Each file is asked for its own bid, which opens it: to be
 * called in a process that may die of that.
 */
export function fittingVariants(): string[] {
  const files = variantFiles();
  // Where there is no choice it need not bid.
  if (files.length < 2) return files;
  openLinked();
  const bids = files.map((file) => {
    const library = dlopen(join(libraryFolder(), file), { ggml_backend_score: { args: [], returns: "i32" } });
    return { file, bid: library.symbols.ggml_backend_score() };
  });
  return bids
    .filter(({ bid }) => bid > 0)
    .sort((a, b) => b.bid - a.bid)
    .map(({ file }) => file);
}
