import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileServer, serveFile } from "../../test/file-server.ts";
import { writeTinyModel } from "../../test/tiny-model.ts";
import { defaultSettings } from "../config/load.ts";
import type { Settings } from "../config/table.ts";
import { silentLog } from "../log/log.ts";
import type { CatalogueModel } from "./catalogue.ts";
import { ensureModel } from "./ensure.ts";
import { obtainModel } from "./obtain.ts";
import type { ModelProgress } from "./progress.ts";
import { quantizeFile } from "./quantize.ts";
import { readReceipt } from "./receipt.ts";
import { type Asker, resolveModel } from "./resolve.ts";
import { findInStore, listStore, modelsFolder } from "./store.ts";
import { requireWhole, verifyModel } from "./verify.ts";

let folder: string;
let settings: Settings;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-models-"));
  settings = defaultSettings({
    cacheDir: join(folder, "cache"),
    hfToken: undefined,
    hfTokenFile: undefined,
    offline: false,
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tinyFolder = mkdtempSync(join(tmpdir(), "verbatim-tiny-"));
const tinyPath = join(tinyFolder, "tiny.bin");
writeTinyModel(tinyPath, { multilingual: true });
const tinyBytes = readFileSync(tinyPath);
rmSync(tinyFolder, { recursive: true });

/** A model that is published by the test's own server. */
const published: CatalogueModel = {
  id: "small",
  multilingual: true,
  quantisation: "f16",
  publication: {
    repository: "someone/models",
    revision: "abc",
    licence: "MIT",
    size: tinyBytes.length,
    sha256: new Bun.CryptoHasher("sha256").update(tinyBytes).digest("hex"),
  },
};

/** Puts the tiny model into the cache folder or another one under a name. */
function place(name: string, where = modelsFolder(settings)): string {
  mkdirSync(where, { recursive: true });
  const path = join(where, name);
  writeFileSync(path, tinyBytes);
  return path;
}

const quiet = { log: silentLog };

describe("getting the default model", () => {
  test("quantises the installed weights; the result is the officially published file", async () => {
    const seen: ModelProgress[] = [];
    const model = await ensureModel("base.en-q8_0", settings, {
      ...quiet,
      progress: (progress) => seen.push(progress),
    });
    expect(model).toMatchObject({ id: "base.en-q8_0", multilingual: false, size: 81_781_811 });
    expect(model.path).toBe(join(settings.cacheDir, "models", "ggml-base.en-q8_0.bin"));
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set(["checking", "quantizing"]));
    expect(readReceipt(modelsFolder(settings), model.path)?.origin).toBe("quantized from base.en");
    const stored = await findInStore("base.en-q8_0", settings);
    if (!stored) throw new Error("it is not in the store");
    expect((await verifyModel(stored, settings)).state).toBe("official");
    expect(readdirSync(modelsFolder(settings)).filter((name) => !name.startsWith("."))).toEqual([
      "ggml-base.en-q8_0.bin",
    ]);
  });

  test("several starts at once make it once", async () => {
    const makers = new Set<number>();
    const all = await Promise.all(
      [1, 2, 3].map((start) =>
        ensureModel("base.en-q8_0", settings, {
          ...quiet,
          progress: ({ phase }) => phase === "quantizing" && makers.add(start),
        }),
      ),
    );
    expect(makers.size).toBe(1);
    expect(new Set(all.map(({ path }) => path)).size).toBe(1);
  });

  test("is stopped by the signal and leaves nothing half-made", async () => {
    const stop = new AbortController();
    const progress = ({ phase }: ModelProgress) => phase === "quantizing" && stop.abort();
    const running = ensureModel("base.en-q8_0", settings, { ...quiet, signal: stop.signal, progress });
    const outcome = await running.then(
      () => "done",
      (error: Error) => error.name,
    );
    // A fast machine may be through before the first look at the progress.
    if (outcome === "done") expect(await findInStore("base.en-q8_0", settings)).toBeDefined();
    else {
      expect(outcome).toBe("AbortError");
      expect(readdirSync(modelsFolder(settings)).filter((name) => name.endsWith(".bin"))).toEqual([]);
    }
    expect(readdirSync(modelsFolder(settings)).filter((name) => name.includes("quantizing"))).toEqual([]);
  });
});

describe("getting a published model", () => {
  let server: FileServer;
  beforeEach(() => {
    server = serveFile(tinyBytes);
    settings = { ...settings, hfEndpoint: `${server.url}/` };
  });
  afterEach(() => server[Symbol.dispose]());

  test("asks the endpoint for the pinned revision, with the token", async () => {
    const model = await obtainModel(published, { ...settings, hfToken: "hf_x" }, quiet);
    expect(model).toMatchObject({ id: "small", multilingual: true, place: "cache", size: tinyBytes.length });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      path: "/someone/models/resolve/abc/ggml-small.bin",
      headers: { authorization: "Bearer hf_x" },
    });
    await obtainModel(published, settings, quiet);
    expect(server.requests).toHaveLength(1);
  });

  test("two at once download once, and the second sees how far the first is", async () => {
    server.faults.push({ cutAfter: 4_000_000 });
    const waited: number[] = [];
    const first = obtainModel(published, settings, quiet);
    const second = obtainModel(published, settings, {
      ...quiet,
      progress: ({ phase, done }) => phase === "waiting" && waited.push(done),
    });
    expect((await first).path).toBe((await second).path);
    expect(server.requests).toHaveLength(2);
    expect(waited.length).toBeGreaterThan(0);
  });

  test("is made here instead when its full weights are here", async () => {
    place("ggml-tiny.bin");
    writeFileSync(join(folder, "x"), "");
    const q8: CatalogueModel = { ...published, id: "tiny-q8_0", quantisation: "q8_0", base: "tiny" };
    // These weights are not the published ones: an owner's folder may hold them, the cache may not.
    await expect(obtainModel(q8, settings, quiet)).rejects.toThrow("is damaged");
    rmSync(modelsFolder(settings), { recursive: true });
    place("ggml-mine.bin", join(folder, "own"));
    const own = { ...settings, modelsDir: [join(folder, "own")] };
    const made = await obtainModel({ ...q8, id: "mine-q8_0", base: "mine" }, own, quiet);
    expect(made).toMatchObject({ id: "mine-q8_0", multilingual: true });
    expect(made.size).toBeLessThan(tinyBytes.length * 0.6);
    expect(server.requests).toHaveLength(0);
  });

  test("fails offline, and without a publication, with what to do", async () => {
    await expect(obtainModel(published, { ...settings, offline: true }, quiet)).rejects.toThrow("the setting offline");
    await expect(ensureModel("large-v3-q8_0", settings, quiet)).rejects.toThrow("verbatim models pull large-v3");
    expect(server.requests).toHaveLength(0);
  });

  test("says so when the cache folder cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");
    const blocked = { ...settings, cacheDir: join(folder, "file", "cache") };
    await expect(obtainModel(published, blocked, quiet)).rejects.toThrow("Set VERBATIM_CACHE_DIR to another folder.");
  });
});

describe("which model a name means", () => {
  const names = (name: string | undefined, asker: Asker, own: Partial<Settings> = {}) =>
    resolveModel(name, { ...settings, model: "mine", ...own }, asker).then(
      ({ id }) => id,
      (error: Error) => error.message,
    );
  beforeEach(() => {
    place("ggml-mine.bin");
    place("ggml-other-q8_0.bin");
  });

  test("the default, one that is here, and a path of the owner's", async () => {
    expect(await names(undefined, "request")).toBe("mine");
    expect(await names("", "request")).toBe("mine");
    expect(await names("other-q8_0", "request")).toBe("other-q8_0");
    const path = place("elsewhere.bin", join(folder, "own"));
    expect(await names(path, "owner")).toBe(path);
    expect(await names("elsewhere", "request", { modelsDir: [join(folder, "own")] })).toBe("elsewhere");
    expect(await names(undefined, "request", { model: path })).toBe(path);
  });

  test("a request cannot name files", async () => {
    const path = place("secret.bin", join(folder, "own"));
    for (const name of [path, "../own/secret", "../../etc/passwd", "own/secret.bin"])
      expect(await names(name, "request")).toStartWith("There is no model");
  });

  test("names of other services, and Whisper's that are absent, are answered with the default", async () => {
    for (const name of ["whisper-1", "gpt-4o-transcribe", "nova-3", "large-v3", "openai/whisper-small", "turbo"])
      expect([name, await names(name, "request")]).toEqual([name, "mine"]);
  });

  test("a quantisation of the weights that were asked for is nearer than the default", async () => {
    rmSync(modelsFolder(settings), { recursive: true });
    const own = join(folder, "own");
    place("ggml-small-q5_0.bin", own);
    place("ggml-mine.bin", own);
    expect(await names("openai/whisper-small", "request", { modelsDir: [own] })).toBe("small-q5_0");
    expect(await names("small", "owner", { modelsDir: [own] })).toContain("verbatim models pull small");
  });

  test("with strict-model, and from the owner, a name means itself", async () => {
    const strict = { strictModel: true };
    expect(await names("whisper-1", "request", strict)).toBe(
      "There is no model whisper-1. Run: verbatim models list --all",
    );
    expect(await names("large-v3", "request", strict)).toContain("Run: verbatim models pull large-v3");
    expect(await names("large-v3", "owner")).toContain("Run: verbatim models pull large-v3");
    expect(await names("whisper-1", "owner")).toStartWith("There is no model whisper-1");
  });

  test("ours with its quantisation is meant to the letter, and nonsense has a suggestion", async () => {
    expect(await names("small-q8_0", "request")).toBe(
      "The model small-q8_0 is not on this machine. Run: verbatim models pull small-q8_0",
    );
    expect(await names("bsae.en", "request")).toBe("There is no model bsae.en. Did you mean base.en?");
  });

  test("what is no model is named with its file", async () => {
    writeFileSync(join(modelsFolder(settings), "ggml-bad.bin"), "not a model");
    expect(await names("bad", "request")).toContain("ggml-bad.bin is not a Whisper model in ggml format");
    expect((await listStore(settings)).map(({ id }) => id)).toEqual(["base.en", "mine", "other-q8_0"]);
  });
});

describe("damage", () => {
  test("of a made model is noticed when the file changes, and not looked for while it does not", async () => {
    place("ggml-mine.bin", join(folder, "own"));
    settings = { ...settings, modelsDir: [join(folder, "own")] };
    const q8: CatalogueModel = { id: "mine-q8_0", multilingual: true, quantisation: "q8_0", base: "mine" };
    const made = await obtainModel(q8, settings, quiet);
    expect((await verifyModel(made, settings)).state).toBe("noted");
    const bytes = readFileSync(made.path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
    writeFileSync(made.path, bytes);
    utimesSync(made.path, new Date(), new Date(Date.now() + 5000));
    expect((await verifyModel(made, settings)).state).toBe("wrong");
    await expect(resolveModel("mine-q8_0", settings, "request")).rejects.toThrow("verbatim models rm mine-q8_0");
  });

  test("of a published model in the cache is noticed by its checksum, and not once more when it was right", async () => {
    const path = place("ggml-tiny.en.bin");
    await expect(resolveModel("tiny.en", settings, "request")).rejects.toThrow(
      /is damaged: its sha256 is [0-9a-f]{64}, and 921e4cf8686f.* is expected\. Run: verbatim models rm tiny\.en/,
    );
    const own = place("ggml-unknown.bin");
    const model = await findInStore("unknown", settings);
    if (!model) throw new Error("not found");
    expect(readReceipt(modelsFolder(settings), own)).toBeUndefined();
    await requireWhole(model, settings);
    expect(readReceipt(modelsFolder(settings), own)?.origin).toBe("found");
    expect(existsSync(path)).toBe(true);
  });

  test("an owner's quantisation under a published name is the owner's business", async () => {
    const own = join(folder, "own");
    place("ggml-base.en-q5_1.bin", own);
    place("ggml-base.bin", own);
    const theirs = { ...settings, modelsDir: [own] };
    expect((await resolveModel("base.en-q5_1", theirs, "request")).path).toStartWith(own);
    await expect(resolveModel("base", theirs, "request")).rejects.toThrow("is damaged");
  });
});

describe("quantising", () => {
  test("gives every type that is offered, smaller than its source, and leaves no draft", async () => {
    const source = place("ggml-mine.bin");
    for (const type of ["q8_0", "q5_1", "q5_0", "q4_1", "q4_0"] as const) {
      const to = join(folder, `${type}.bin`);
      await quantizeFile(source, to, type);
      const { quantisation, multilingual } = await import("./header.ts").then(({ readHeader }) => readHeader(to));
      expect([quantisation, multilingual]).toEqual([type, true]);
      expect(Bun.file(to).size).toBeLessThan(tinyBytes.length);
    }
    await expect(quantizeFile(join(folder, "q8_0.bin"), join(folder, "again.bin"), "q5_0")).rejects.toThrow(
      "quantised already",
    );
  });

  test("of a truncated model fails and leaves nothing", async () => {
    const cut = join(folder, "cut.bin");
    writeFileSync(cut, tinyBytes.subarray(0, tinyBytes.length - 1000));
    await expect(quantizeFile(cut, join(folder, "out.bin"), "q8_0")).rejects.toThrow("could not be quantised");
    expect(readdirSync(folder)).toEqual(["cut.bin"]);
  });
});
