/** A home for the tests of `verbatim models`, and what its cache folder holds. */
import { expect } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Home, openHome } from "../../../test/run-verbatim.ts";

export interface ModelsHome extends Home {
  cache: string;
  /** What the cache folder holds for its user; locks and receipts are our own affair. */
  inCache(): string[];
  /** The outcome of a run that must succeed. */
  output(...args: string[]): Promise<string>;
}

export function openModelsHome(): ModelsHome {
  const home = openHome();
  const cache = join(home.folder, "cache/verbatim/models");
  return {
    ...home,
    cache,
    inCache: () => (existsSync(cache) ? readdirSync(cache).filter((name) => !name.startsWith(".")) : []),
    async output(...args) {
      const { code, out, err } = await home.run(args);
      expect([code, err.includes("verbatim: ")]).toEqual([0, false]);
      return out;
    },
    [Symbol.dispose]: () => home[Symbol.dispose](),
  };
}
