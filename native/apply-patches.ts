/**
 * Prepares the source tree that libverbatim is built from: checks the pinned whisper.cpp tree against its hash, applies the
 * patches in order, and writes only the files that changed, so that the compiler rebuilds no more than it must.
 *
 *   bun apply-patches.ts --from TREE --to DIRECTORY --hash SHA256 [--print-hash] PATCH…
 *
 * Context must match exactly, at the line the hunk names or at the only other place where it fits; anything else is an error that
 * names the patch and the hunk. `patch` and `git` are not needed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What the build needs of the tree; examples/ carries the audio decoders. */
const PARTS = ["include", "src", "ggml", "examples/miniaudio.h", "examples/stb_vorbis.c", "LICENSE"];

interface Hunk {
  /** Line of the old file at which the hunk should fit, counted from 1. */
  line: number;
  old: string[];
  new: string[];
  header: string;
}

interface FilePatch {
  path: string;
  hunks: Hunk[];
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** Files below `root`, relative, sorted by bytes so that the hash does not depend on the machine. */
function listFiles(root: string, part: string): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const inner = `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(inner);
      else if (entry.isFile()) found.push(inner);
    }
  };
  if (part.includes(".") || part === "LICENSE") found.push(part);
  else walk(part);
  return found;
}

/** Reads a unified diff; text before the first file header is the patch's own explanation. */
export function parsePatch(text: string, name: string): FilePatch[] {
  const files: FilePatch[] = [];
  const lines = text.replace(/\n$/, "").split("\n");
  let file: FilePatch | undefined;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (line.startsWith("--- ") && (lines[i + 1] ?? "").startsWith("+++ ")) {
      const path = (lines[i + 1] ?? "").slice(4).split("\t")[0]?.replace(/^b\//, "").trim();
      if (!path) throw new Error(`${name}: no file name in line ${i + 2}`);
      file = { path, hunks: [] };
      files.push(file);
      i++;
      continue;
    }
    const head = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (!head) continue;
    if (!file) throw new Error(`${name}: a hunk before any file header in line ${i + 1}`);
    const hunk: Hunk = { line: Number(head[1]), old: [], new: [], header: line };
    const oldCount = Number(head[2] ?? 1);
    const newCount = Number(head[3] ?? 1);
    while (hunk.old.length < oldCount || hunk.new.length < newCount) {
      const body = lines[++i];
      if (body === undefined) throw new Error(`${name}: ${line} ends too early`);
      // Editors strip the single space of an empty context line.
      const mark = body === "" ? " " : body[0];
      if (mark === "\\") continue;
      if (mark !== " " && mark !== "-" && mark !== "+") throw new Error(`${name}: ${line} has a bad line: ${body}`);
      if (mark !== "+") hunk.old.push(body.slice(1));
      if (mark !== "-") hunk.new.push(body.slice(1));
    }
    if (hunk.old.length !== oldCount || hunk.new.length !== newCount)
      throw new Error(`${name}: ${line} counts other lines than it holds`);
    file.hunks.push(hunk);
  }
  if (files.length === 0) throw new Error(`${name}: no change in it`);
  return files;
}

/** The lines after one file's hunks; throws when a hunk fits nowhere, or in more than one place. */
export function applyHunks(lines: string[], file: FilePatch, name: string): string[] {
  let out = lines;
  let drift = 0;
  for (const [index, hunk] of file.hunks.entries()) {
    const fits = (at: number): boolean => at >= 0 && hunk.old.every((line, i) => out[at + i] === line);
    let at = hunk.line - 1 + drift;
    if (!fits(at)) {
      const places = out.map((_, i) => i).filter(fits);
      const where = `${name}: hunk ${index + 1} of ${file.path} (${hunk.header.trim()})`;
      if (places.length === 0) throw new Error(`${where} does not apply: its context is not in the file`);
      if (places.length > 1) throw new Error(`${where} is ambiguous: its context is in ${places.length} places`);
      at = places[0] as number;
    }
    out = [...out.slice(0, at), ...hunk.new, ...out.slice(at + hunk.old.length)];
    drift = at - (hunk.line - 1) + hunk.new.length - hunk.old.length;
  }
  return out;
}

function main(argv: string[]): void {
  const option = (name: string): string | undefined => {
    const at = argv.indexOf(name);
    return at < 0 ? undefined : argv.splice(at, 2)[1];
  };
  const from = option("--from");
  const to = option("--to");
  const expected = option("--hash");
  if (!from || !existsSync(join(from, "src/whisper.cpp")))
    fail(`The whisper.cpp source is missing${from ? ` in ${from}` : ""}.`);

  const contents = new Map<string, Buffer>();
  for (const path of PARTS.flatMap((part) => listFiles(from, part))) contents.set(path, readFileSync(join(from, path)));
  const hash = new Bun.CryptoHasher("sha256");
  for (const path of [...contents.keys()].sort()) {
    const bytes = contents.get(path) as Buffer;
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  const digest = hash.digest("hex");
  if (argv.includes("--print-hash")) {
    console.log(digest);
    return;
  }
  if (!to || !expected) fail("Usage: apply-patches.ts --from TREE --to DIRECTORY --hash SHA256 PATCH…");
  if (digest !== expected)
    fail(`The whisper.cpp source is not the pinned one: its hash is ${digest}, expected ${expected}.`);

  for (const patch of argv) {
    const name = basename(patch);
    for (const file of parsePatch(readFileSync(patch, "utf8"), name)) {
      const before = contents.get(file.path);
      if (!before) throw new Error(`${name}: the tree has no ${file.path}`);
      contents.set(file.path, Buffer.from(applyHunks(before.toString("utf8").split("\n"), file, name).join("\n")));
    }
  }

  for (const [path, bytes] of contents) {
    const target = join(to, path);
    if (existsSync(target) && readFileSync(target).equals(bytes)) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
  for (const part of ["include", "src", "ggml"])
    for (const path of listFiles(to, part)) if (!contents.has(path)) rmSync(join(to, path));
}

if (import.meta.main) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}
