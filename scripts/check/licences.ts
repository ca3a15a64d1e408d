/** Everything that ships (dependencies and what they bring) has a licence that lets us ship it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup.ts";

const allowed = new Set([
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Unlicense",
  "CC0-1.0",
  "BlueOak-1.0.0",
]);

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

/** `(MIT OR GPL-3.0)` is fine when one side is; `A AND B` when both are. */
function fits(expression: string): boolean {
  const bare = expression.replace(/[()]/g, "");
  if (bare.includes(" AND ")) return bare.split(" AND ").every(fits);
  return bare.split(" OR ").some((licence) => allowed.has(licence.trim()));
}

const seen = new Map<string, string>();
const queue = Object.keys(read(root).dependencies ?? {}).map((name) => ({ name, from: root }));
for (let next = queue.pop(); next; next = queue.pop()) {
  const folder = locate(next.name, next.from);
  if (!folder || seen.has(folder)) continue;
  const manifest = read(folder);
  const licence = typeof manifest.license === "string" ? manifest.license : (manifest.license?.type ?? "none");
  seen.set(folder, fits(licence) ? "" : `${manifest.name}@${manifest.version}: ${licence}`);
  for (const name of Object.keys(manifest.dependencies ?? {})) queue.push({ name, from: folder });
}
const wrong = [...seen.values()].filter(Boolean);
for (const line of wrong) console.error(`No licence to ship ${line}`);
console.log(`${seen.size} packages`);
process.exit(wrong.length === 0 ? 0 : 1);
