/** The CPU variants of a release: one file for each generation of CPUs, beside libverbatim. */
import { dlopen } from "bun:ffi";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { libraryFolder } from "./library.ts";

/** Files of the CPU variants; none where the library was built for one CPU, or computes on a GPU and picks its devices itself. */
export function variantFiles(): string[] {
  const backends = readdirSync(libraryFolder()).filter((name) => /^(lib)?ggml-.+\.(so|dylib|dll)$/.test(name));
  const variants = backends.filter((name) => /^(lib)?ggml-cpu-/.test(name));
  const isCpuOnly = backends.every((name) => variants.includes(name) || /^(lib)?ggml-base\./.test(name));
  return isCpuOnly ? variants.sort() : [];
}

/**
 * The variants whose instructions this CPU says that it has, highest bid first. Each file is asked for its own bid, which opens it: to be
 * called in a process that may die of that.
 */
export function fittingVariants(): string[] {
  const bids = variantFiles().map((file) => {
    const library = dlopen(join(libraryFolder(), file), { ggml_backend_score: { args: [], returns: "i32" } });
    return { file, bid: library.symbols.ggml_backend_score() };
  });
  return bids
    .filter(({ bid }) => bid > 0)
    .sort((a, b) => b.bid - a.bid)
    .map(({ file }) => file);
}
