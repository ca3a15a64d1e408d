/** Processor, memory, folders, port. */
import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { isExecutable } from "../../assets/assets.ts";
import { listenAddresses } from "../../config/listen.ts";
import type { Settings } from "../../config/table.ts";
import { written } from "../../config/value.ts";
import { buildInfo } from "../../native/build.ts";
import { type Check, type Finding, fail, ok, reasonOf, warn } from "./check.ts";

/** Bytes below which a folder's disk is worth a word, and below which nothing can be fetched. */
const LITTLE_ROOM = 2 * 1024 ** 3;
const NO_ROOM = 256 * 1024 ** 2;

/** Free memory that the default model with its states needs. */
const LITTLE_MEMORY = 1024 ** 3;

export const processor: Check = {
  name: "processor",
  async run() {
    const model = cpus()[0]?.model.trim() || "unknown";
    const cores = availableParallelism();
    const features = featuresOf();
    const facts = { model, cores, features, class: classOf(features) };
    return ok(`${model}, ${cores} ${cores === 1 ? "core" : "cores"}, class ${facts.class}`, facts);
  },
};

/** What the library's build found; without a library there is no knowing. */
function featuresOf(): string[] {
  try {
    return buildInfo().features;
  } catch {
    return [];
  }
}

/** The classes that published figures are given for. */
function classOf(features: readonly string[]): string {
  const has = (pattern: RegExp) => features.some((feature) => pattern.test(feature));
  if (has(/amx/i)) return "AMX";
  if (has(/avx512/i)) return "AVX-512";
  if (has(/avx2/i)) return "AVX2";
  if (has(/neon|dotprod|sve/i)) return "ARM";
  return features.length === 0 ? "unknown" : "baseline";
}

export const memory: Check = {
  name: "memory",
  async run() {
    const total = totalmem();
    const free = freemem();
    const text = `${gigabytes(free)} of ${gigabytes(total)} free`;
    const facts = { total, free };
    if (free < LITTLE_MEMORY)
      return warn(text, "Models may not fit: end other programs, or choose a smaller model.", facts);
    return ok(text, facts);
  },
};

export const folders: Check = {
  name: "folders",
  async run({ cacheDir, dataDir }) {
    return [cacheFolder(cacheDir), writableFolder("data", dataDir, "VERBATIM_DATA_DIR")];
  },
};

function cacheFolder(path: string): Finding {
  const found = writableFolder("cache", path, "VERBATIM_CACHE_DIR");
  if (found.state === "fail") return found;
  const { bavail, bsize } = statfsSync(nearestFolder(path));
  const free = bavail * bsize;
  const facts = { ...found.facts, free };
  const text = `${found.text}, ${gigabytes(free)} free`;
  if (!canExecute(nearestFolder(path))) {
    const advice = "Set VERBATIM_CACHE_DIR to a folder on a file system mounted without noexec.";
    // An executable loads its libraries from there; a checkout has them in its own folder.
    return isExecutable ? fail(`${text}, noexec`, advice, facts) : warn(`${text}, noexec`, advice, facts);
  }
  if (free < NO_ROOM) return fail(text, "Make room: models are kept there.", facts);
  if (free < LITTLE_ROOM) return warn(text, "The larger models will not fit.", facts);
  return ok(text, facts);
}

function writableFolder(name: string, path: string, variable: string): Finding {
  try {
    rmSync(mkdtempSync(join(nearestFolder(path), ".doctor-")), { recursive: true });
    return ok(`${name} folder ${path}`, { path });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    return fail(`${name} folder ${path} cannot be written (${code})`, `Set ${variable} to a folder of yours.`, {
      path,
    });
  }
}

/** The folder itself, or what it would be made in: a check leaves nothing behind. */
function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}

/** A script tells: the kernel refuses to run any file of a noexec mount, and to map its libraries. */
function canExecute(parent: string): boolean {
  if (process.platform === "win32") return true;
  const folder = mkdtempSync(join(parent, ".doctor-"));
  try {
    const script = join(folder, "run");
    writeFileSync(script, "#!/bin/sh\nexit 0\n");
    chmodSync(script, 0o700);
    return Bun.spawnSync([script], { stdio: ["ignore", "ignore", "ignore"] }).exitCode === 0;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== "EACCES";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const port: Check = {
  name: "port",
  async run(settings: Settings) {
    return listenAddresses(settings).map(({ host, port: number }) => {
      const address = `${host.includes(":") ? `[${host}]` : host}:${number}`;
      try {
        void Bun.serve({ hostname: host, port: number, reusePort: false, fetch: () => new Response() }).stop(true);
        return ok(`${address} is free`, { host, port: number });
      } catch (thrown) {
        const advice = "If that is not Verbatim itself, choose another one with --port.";
        return warn(`${address} cannot be had (${(thrown as NodeJS.ErrnoException).code ?? reasonOf(thrown)})`, advice);
      }
    });
  },
};

function gigabytes(bytes: number): string {
  return written(Math.round(bytes / 1e8) / 10, undefined).concat(" GB");
}
