import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveFile } from "../../../test/file-server.ts";
import { type Home, openHome } from "../../../test/run-verbatim.ts";
import { writeTinyModel } from "../../../test/tiny-model.ts";
import { findInCatalogue } from "../../models/catalogue.ts";

let home: Home;
beforeEach(() => {
  home = openHome();
});
afterEach(() => home[Symbol.dispose]());

const DEFAULT = "ggml-base.en-q8_0.bin";

const cache = () => join(home.folder, "cache/verbatim/models");

/** What the cache folder holds for its user; locks and receipts are our own affair. */
const inCache = () => (existsSync(cache()) ? readdirSync(cache()).filter((name) => !name.startsWith(".")) : []);

/** The outcome of a run that must succeed. */
async function output(...args: string[]): Promise<string> {
  const { code, out, err } = await home.run(args);
  expect([code, err.includes("verbatim: ")]).toEqual([0, false]);
  return out;
}

test("the default model: pull, list, path, verify, damage, pull again, rm", async () => {
  const path = join(cache(), DEFAULT);
  expect(await home.run(["models", "path"])).toMatchObject({
    code: 1,
    err: "verbatim: The model base.en-q8_0 is not on this machine. Run: verbatim models pull base.en-q8_0\n",
  });
  expect(await output("models", "pull")).toBe(`base.en-q8_0  81.8 MB  ${path}\n`);
  expect(await output("models", "path")).toBe(`${path}\n`);
  const listed = JSON.parse(await output("models", "list", "--json"));
  expect(
    listed.map(({ id, place, ...row }: { id: string; place: string; default: boolean }) => [id, place, row.default]),
  ).toEqual([
    ["base.en", "package", false],
    ["base.en-q8_0", "cache", true],
  ]);
  expect(JSON.parse(await output("models", "verify", "base.en-q8_0", "--json"))).toMatchObject([
    { state: "official", path },
  ]);

  writeFileSync(path, readFileSync(path).fill(0, 1_000_000, 1_000_100));
  const damaged = await home.run(["models", "verify"]);
  expect([damaged.code, damaged.out.includes(`base.en-q8_0  DAMAGED  ${path}`)]).toEqual([1, true]);
  expect((await home.run(["models", "path"])).err).toContain("is damaged: its sha256 is");
  await output("models", "pull", "base.en-q8_0");
  expect(JSON.parse(await output("models", "verify", "base.en-q8_0", "--json"))).toMatchObject([{ state: "official" }]);

  expect(await output("models", "rm", "base.en-q8_0")).toBe("Removed base.en-q8_0.\n");
  expect(inCache()).toEqual([]);
  expect(await home.run(["models", "rm", "base.en-q8_0"])).toMatchObject({ code: 1, out: "" });
});

test("two processes at once make the default model once", async () => {
  const both = await Promise.all([home.run(["models", "pull"]), home.run(["models", "pull"])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ err }) => err.includes("Making base.en-q8_0"))).toHaveLength(1);
  expect(inCache()).toEqual([DEFAULT]);
});

test("a copy into another folder, which then serves as the owner's", async () => {
  const own = join(home.folder, "own");
  await output("models", "pull", "base.en-q8_0", "--to", own);
  expect(readdirSync(own)).toEqual([DEFAULT]);
  await output("models", "rm", "base.en-q8_0");
  expect(await output("models", "path", "--models-dir", own)).toBe(`${join(own, DEFAULT)}\n`);
  const refused = await home.run(["models", "rm", "base.en-q8_0", "--models-dir", own]);
  expect([refused.code, refused.err]).toEqual([
    1,
    `verbatim: The model base.en-q8_0 lies in ${join(own, DEFAULT)}, which is not ours to delete.\n`,
  ]);
});

describe("a download", () => {
  test("shows progress, and is refused and deleted when its checksum is wrong", async () => {
    const size = findInCatalogue("tiny.en-q5_1")?.publication?.size ?? 0;
    using server = serveFile(new Uint8Array(size));
    const { code, out, err } = await home.run(["models", "pull", "tiny.en-q5_1"], { HF_ENDPOINT: server.url });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^Downloading tiny\.en-q5_1: \d+ %, [\d.]+ of 32\.2 MB/);
    expect(err).toContain("is not the model: its sha256 is ");
    expect(inCache()).toEqual([]);
  });

  test("that is interrupted keeps its part, and goes on there the next time", async () => {
    const size = findInCatalogue("tiny.en-q5_1")?.publication?.size ?? 0;
    using server = serveFile(new Uint8Array(size));
    server.faults.push({ stallAfter: 5_000_000 });
    const part = join(cache(), "ggml-tiny.en-q5_1.bin.part");
    const child = home.start(["models", "pull", "tiny.en-q5_1"], { HF_ENDPOINT: server.url });
    while (!existsSync(part) || statSync(part).size < 5_000_000) await Bun.sleep(20);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(await child.stderr.text()).toEndWith("verbatim: Interrupted.\n");
    expect(inCache()).toEqual(["ggml-tiny.en-q5_1.bin.part"]);
    await home.run(["models", "pull", "tiny.en-q5_1"], { HF_ENDPOINT: server.url });
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=5000000-"]);
  });

  test("fails in one sentence", async () => {
    using server = serveFile(new Uint8Array(1));
    server.faults.push({ status: 404 });
    const environment = { HF_ENDPOINT: server.url };
    const missing = await home.run(["models", "pull", "tiny"], environment);
    expect([missing.code, missing.err.split("\n").length]).toEqual([1, 2]);
    expect(missing.err).toContain("it has no such file");
    const offline = await home.run(["models", "pull", "tiny", "--offline"], environment);
    expect([offline.code, offline.err]).toEqual([
      1,
      "verbatim: The model tiny is not on this machine, and the setting offline forbids to download it.\n",
    ]);
    const unknown = await home.run(["models", "pull", "tyni"], environment);
    expect([unknown.code, unknown.err]).toEqual([1, "verbatim: There is no model tyni. Did you mean tiny?\n"]);
    const blocked = await home.run(["models", "pull", "tiny"], { ...environment, VERBATIM_CACHE_DIR: "/dev/null/x" });
    expect([blocked.code, blocked.err]).toEqual([
      1,
      "verbatim: The cache folder /dev/null/x/models/.locks cannot be made because a file is in the way (ENOTDIR). Set VERBATIM_CACHE_DIR to another folder.\n",
    ]);
    expect(inCache()).toEqual([]);
  });
});

describe("quantize", () => {
  test("makes a smaller model of a file beside it, and of an id in the cache", async () => {
    const own = join(home.folder, "mine.bin");
    writeTinyModel(own, { multilingual: true });
    const made = JSON.parse(await output("models", "quantize", "mine.bin", "q5_0", "--json"));
    expect(made).toMatchObject({ id: "mine-q5_0", path: join(home.folder, "ggml-mine-q5_0.bin") });
    expect(made.size).toBe(statSync(made.path).size);
    await output("models", "quantize", "base.en", "q4_0");
    expect(inCache()).toEqual(["ggml-base.en-q4_0.bin"]);
    expect(await output("models", "verify", "base.en-q4_0")).toContain("ok, as it was made here");
  });

  test("refuses what it cannot do", async () => {
    const refused = async (...args: string[]) => {
      const { code, err } = await home.run(["models", "quantize", ...args]);
      return [code, err.replace(/^verbatim: |\n$/g, "")];
    };
    expect(await refused("base.en")).toEqual([2, "Name a model and a type: verbatim models quantize base.en q8_0"]);
    expect(await refused("base.en", "q9")).toEqual([2, "There is no type q9; there are q8_0, q5_1, q5_0, q4_1, q4_0."]);
    expect(await refused("nowhere.bin", "q8_0")).toEqual([
      1,
      `The model file ${join(home.folder, "nowhere.bin")} does not exist.`,
    ]);
    writeFileSync(join(home.folder, "there.bin"), "");
    expect(await refused("base.en", "q8_0", "--to", "there.bin")).toEqual([
      1,
      `${join(home.folder, "there.bin")} exists already.`,
    ]);
    writeFileSync(join(home.folder, "text.bin"), "no model at all");
    expect((await refused("text.bin", "q8_0"))[1]).toContain("is not a Whisper model in ggml format");
  });
});
