/**
 * An import may only go down: the floors of docs/architecture.md, highest first. Folders on one floor do not import each other,
 * and neither do two dialects. Tests may look anywhere.
 */
import { dirname, join, relative, resolve, sep } from "node:path";
import { Glob } from "bun";
import { root } from "../setup.ts";

const floors = [
  ["page"],
  ["main.ts"],
  ["commands"],
  ["server"],
  ["dialects"],
  ["recognizer", "jobs"],
  ["sinks"],
  ["text"],
  ["engine", "vad", "wakeword", "audio"],
  ["models"],
  ["native", "ipc", "onnx", "outbound"],
  ["assets"],
  ["config", "log", "metrics"],
  ["error.ts"],
];

const source = join(root, "src");

interface Place {
  room: string;
  floor: number;
  /** A dialect's own folder. */
  dialect: string | undefined;
}

function placeOf(file: string): Place {
  const parts = relative(source, file).split(sep);
  const room = parts[0] as string;
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  if (floor < 0)
    throw new Error(`src/${room} is on no floor: add it to scripts/check/floors.ts and docs/architecture.md`);
  return { room, floor, dialect: room === "dialects" && parts.length > 2 ? parts[1] : undefined };
}

function complaint(from: Place, to: Place): string | undefined {
  if (to.floor < from.floor) return "goes up";
  if (to.floor === from.floor && to.room !== from.room) return "goes sideways";
  if (from.dialect && to.dialect && from.dialect !== to.dialect) return "goes from one dialect to another";
  return undefined;
}

const scanner = new Bun.Transpiler({ loader: "ts" });
const typeImport = /\b(?:import|export)\s+type\b[^;]*?\bfrom\s+["'](\.[^"']+)["']/g;
const wrong: string[] = [];
let files = 0;
for (const path of new Glob("**/*.ts").scanSync(source)) {
  if (path.endsWith(".test.ts") || path.endsWith("/testing.ts")) continue;
  files++;
  const file = join(source, path);
  const text = await Bun.file(file).text();
  const imports = scanner.scanImports(text).map((found) => found.path);
  for (const match of text.matchAll(typeImport)) imports.push(match[1] as string);
  for (const found of new Set(imports)) {
    if (!found.startsWith(".")) continue;
    const target = resolve(dirname(file), found);
    if (!target.startsWith(source + sep)) {
      if (!target.endsWith(".json")) wrong.push(`src/${path} imports ${found}, outside src/`);
      continue;
    }
    const why = complaint(placeOf(file), placeOf(target));
    if (why) wrong.push(`src/${path} imports ${found}: ${why}`);
  }
}
for (const line of wrong) console.error(line);
console.log(`${files} files, ${wrong.length} imports that do not go down`);
process.exit(wrong.length === 0 ? 0 : 1);
