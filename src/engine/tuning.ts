/** What is known of the library's CPU variants on this CPU, kept in the cache folder: one small file for each CPU and library. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join } from "node:path";
import { cacheFolder } from "../config/folders.ts";
import { libraryFolder } from "../native/library.ts";
import { variantFiles } from "../native/variants.ts";
import { computeCores } from "./cores.ts";

export interface Tuning {
  /** For people who read the file. */
  cpu: string;
  cores: number;
  /** What this CPU says that it can run, highest bid first. */
  variants: string[];
  /** Those that a process has decoded with. */
  proven: string[];
  /** Variant → how the process died that tried it. */
  broken: Record<string, string>;
  measured: Measurement[];
}

/** So many decodes at once with so many threads each. */
export interface Arrangement {
  variant: string;
  workers: number;
  threads: number;
}

export interface Measurement extends Arrangement {
  /** Seconds of audio per second. */
  speed: number;
}

/** More decodes at once are also fairer, so fewer must win by this. */
const CLEARLY = 1.05;

/** The fastest arrangement; among nearly equal ones that with the most decodes at once. */
export function fastest(measured: readonly Measurement[]): Measurement | undefined {
  return measured.reduce<Measurement | undefined>((best, one) => {
    if (!best) return one;
    return one.speed > best.speed * (one.workers < best.workers ? CLEARLY : 1) ? one : best;
  }, undefined);
}

/** The file of this CPU and this library. Another CPU, or another release, has another name. */
export function tuningFile(): string {
  const identity = JSON.stringify([cpuName(), cpuFlags(), computeCores(), basename(libraryFolder()), variantFiles()]);
  const name = new Bun.CryptoHasher("sha256").update(identity).digest("hex").slice(0, 16);
  return join(process.env.VERBATIM_CACHE_DIR || cacheFolder(process.env), "tuning", `${name}.json`);
}

/** Nothing is known of a CPU that was never seen, and of a file that cannot be read. */
export function readTuning(): Tuning | undefined {
  try {
    const read = JSON.parse(readFileSync(tuningFile(), "utf8")) as Tuning;
    return Array.isArray(read.variants) && Array.isArray(read.proven) && Array.isArray(read.measured)
      ? read
      : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps it for the next start. A cache folder that cannot be written means that the next start learns again. */
export function writeTuning(tuning: Tuning): void {
  const file = tuningFile();
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(draft, `${JSON.stringify(tuning, null, 2)}\n`);
    renameSync(draft, file);
  } catch {
    if (existsSync(draft)) rmSync(draft);
  }
}

export function newTuning(variants: string[]): Tuning {
  return { cpu: cpuName(), cores: computeCores(), variants, proven: [], broken: {}, measured: [] };
}

function cpuName(): string {
  return cpus()[0]?.model.trim() || "unknown";
}

/** One name may stand for CPUs with different features: virtual machines hide some. */
function cpuFlags(): string {
  try {
    return /^(flags|Features)\s*:.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0] ?? "";
  } catch {
    return "";
  }
}
