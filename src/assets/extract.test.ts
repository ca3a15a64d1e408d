import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddedFile } from "./embedded.ts";
import { extract } from "./extract.ts";

const scratch = mkdtempSync(join(tmpdir(), "verbatim-extract-"));
const before = process.env.VERBATIM_CACHE_DIR;
let files: Record<string, EmbeddedFile>;

beforeAll(() => {
  const path = join(scratch, "embedded.so");
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  writeFileSync(path, bytes);
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  files = { "one.so": { path, sha256, size: bytes.length } };
});

afterAll(() => {
  if (before === undefined) delete process.env.VERBATIM_CACHE_DIR;
  else process.env.VERBATIM_CACHE_DIR = before;
  rmSync(scratch, { recursive: true, force: true });
});

function freshCache(): string {
  const cache = mkdtempSync(join(scratch, "cache-"));
  process.env.VERBATIM_CACHE_DIR = cache;
  return join(cache, "lib");
}

test("writes the files once, executable, and leaves nothing else", () => {
  const parent = freshCache();
  const folder = extract("native", files);
  const path = join(folder, "one.so");
  expect(readFileSync(path).equals(readFileSync(files["one.so"]?.path as string))).toBe(true);
  expect(statSync(path).mode & 0o111).not.toBe(0);
  const written = statSync(path).mtimeMs;
  expect(extract("native", files)).toBe(folder);
  expect(statSync(path).mtimeMs).toBe(written);
  expect(readdirSync(parent)).toEqual([folder.slice(parent.length + 1)]);
});

test("mends a folder that is not whole", () => {
  freshCache();
  const path = join(extract("native", files), "one.so");
  truncateSync(path, 10);
  extract("native", files);
  expect(statSync(path).size).toBe(60_000);
});

test("a new version removes what none has used for a month, and nothing else", () => {
  const parent = freshCache();
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
  for (const [name, days] of [
    ["native-old", 31],
    ["native-recent", 29],
    ["others-old", 31],
  ] as const) {
    mkdirSync(join(parent, name), { recursive: true });
    utimesSync(join(parent, name), ago(days), ago(days));
  }
  const folder = extract("native", files);
  expect(readdirSync(parent).sort()).toEqual([folder.slice(parent.length + 1), "native-recent", "others-old"].sort());
  utimesSync(folder, ago(31), ago(31));
  extract("native", files);
  expect(statSync(folder).mtimeMs).toBeGreaterThan(ago(1).getTime());
});

test("refuses what does not match its checksum", () => {
  freshCache();
  const one = files["one.so"] as EmbeddedFile;
  const damaged = { "one.so": { ...one, sha256: "0".repeat(64) } };
  expect(() => extract("native", damaged)).toThrow("damaged");
});

test("names the folder that cannot be written", () => {
  const file = join(scratch, "not-a-folder");
  writeFileSync(file, "");
  process.env.VERBATIM_CACHE_DIR = file;
  expect(() => extract("native", files)).toThrow(
    `Cannot write the program's files to ${file}/lib: a file is in the way (ENOTDIR; 1 MB are needed)`,
  );
});
