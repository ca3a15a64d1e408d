/** The npm packages whose code is in what people download: the dependencies and what they bring. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.ts";

export interface ShippedPackage {
  name: string;
  version: string;
  /** An SPDX expression, or `none`. */
  licence: string;
  folder: string;
}

interface Manifest {
  name: string;
  version: string;
  license?: string | { type: string };
  dependencies?: Record<string, string>;
}

function read(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Where Node's resolution finds a package that `from` asks for. */
function locate(name: string, from: string): string | undefined {
  for (let folder = from; folder.startsWith(root); folder = join(folder, "..")) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return found;
  }
  return undefined;
}

/** All of them, by name; `extra` are development packages from which files are taken. */
export function shippedPackages(extra: readonly string[] = []): ShippedPackage[] {
  const seen = new Map<string, ShippedPackage>();
  const queue = [...Object.keys(read(root).dependencies ?? {}), ...extra].map((name) => ({ name, from: root }));
  for (let next = queue.pop(); next; next = queue.pop()) {
    const folder = locate(next.name, next.from);
    if (!folder || seen.has(folder)) continue;
    const { name, version, license, dependencies } = read(folder);
    const licence = typeof license === "string" ? license : (license?.type ?? "none");
    seen.set(folder, { name, version, licence, folder });
    for (const brought of Object.keys(dependencies ?? {})) queue.push({ name: brought, from: folder });
  }
  return [...seen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
