/** Where the tests' recordings are, and what is known of each. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export interface Clip {
  /** Absolute. */
  file: string;
  /** Relative to its data folder. */
  path: string;
  set: string;
  lang: string;
  seconds: number;
  rate: number;
  channels: number;
  format: string;
  /** The reference; `""`: nothing is said; `null`: unknown. */
  transcript: string | null;
}

const root = resolve(import.meta.dir, "..");
const committed = join(root, "test/audio");

/** The large data folder, when this machine has it. With `CI=true` it must be there. */
export function largeDataFolder(): string | undefined {
  const folder = process.env.VERBATIM_TEST_DATA ?? resolve(root, "../shared/data");
  if (existsSync(join(folder, "manifest.jsonl"))) return folder;
  if (process.env.CI === "true") throw new Error(`The test data is missing: ${folder} has no manifest.jsonl`);
  return undefined;
}

function read(folder: string): Clip[] {
  return readFileSync(join(folder, "manifest.jsonl"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map((row) => ({ ...row, file: join(folder, row.path) }));
}

/** All clips there are; of these sets only, when some are named. A stranger's checkout has the committed ones. */
export function clips(...sets: string[]): Clip[] {
  const all = read(largeDataFolder() ?? committed);
  return sets.length === 0 ? all : all.filter((clip) => sets.includes(clip.set));
}

/** One committed clip by its path below `test/audio`. */
export function clip(path: string): Clip {
  const found = read(committed).find((one) => one.path === path);
  if (!found) throw new Error(`No such clip: ${path}`);
  return found;
}
