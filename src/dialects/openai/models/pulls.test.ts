import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveFile } from "../../../../test/file-server.ts";
import { writeTinyModel } from "../../../../test/tiny-model.ts";
import { defaultSettings } from "../../../config/load.ts";
import type { Settings } from "../../../config/table.ts";
import { silentLog } from "../../../log/log.ts";
import type { CatalogueModel } from "../../../models/catalogue.ts";
import { partOf } from "../../../models/part.ts";
import type { ModelProgress } from "../../../models/progress.ts";
import type { StoredModel } from "../../../models/store.ts";
import { Pulls } from "./pulls.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-pulls-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A model that a server of the test's own publishes. */
function publish() {
  const path = join(folder, "tiny.bin");
  writeTinyModel(path, { multilingual: true });
  const bytes = readFileSync(path);
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const publication = { repository: "someone/models", revision: "abc", licence: "MIT", size: bytes.length, sha256 };
  const model: CatalogueModel = { id: "small", multilingual: true, quantisation: "f16", publication };
  const files = serveFile(bytes);
  const settings: Settings = defaultSettings({
    cacheDir: join(folder, "cache"),
    hfEndpoint: files.url,
    offline: false,
  });
  return { model, files, pulls: new Pulls(settings, silentLog), to: join(folder, "cache/models/ggml-small.bin") };
}

const forever = new AbortController().signal;

async function readAll(steps: AsyncGenerator<ModelProgress, StoredModel>) {
  const told: ModelProgress[] = [];
  for (let step = await steps.next(); ; step = await steps.next()) {
    if (step.done) return { told, model: step.value };
    told.push(step.value);
  }
}

test("a model comes, and how far it is is told", async () => {
  const { model, files, pulls, to } = publish();
  using _ = files;
  const { told, model: got } = await readAll(pulls.follow(model, forever));
  expect(got).toMatchObject({ id: "small", path: to });
  expect(told.at(-1)).toEqual({ model: "small", phase: "downloading", done: got.size, total: got.size });
});

test("two who want the same one share its download, and one may leave", async () => {
  const { model, files, pulls, to } = publish();
  using _ = files;
  files.faults.push({ stallAfter: 100_000 });
  const first = pulls.follow(model, forever);
  expect((await first.next()).value).toMatchObject({ phase: "downloading" });
  const leaving = new AbortController();
  const second = pulls.follow(model, leaving.signal);
  await second.next();
  expect(files.requests).toHaveLength(1);
  await first.return({} as StoredModel);
  expect(existsSync(partOf(to))).toBe(true);
  // The last one leaves: nothing is fetched for nobody.
  leaving.abort(new DOMException("gone", "AbortError"));
  expect(await second.next().catch((thrown: Error) => thrown.message)).toBe("gone");
  // What came is kept, and the next one goes on there.
  const { model: got } = await readAll(pulls.follow(model, forever));
  expect(got.path).toBe(to);
  expect(files.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
});

test("a failure is told to all who follow", async () => {
  const { model, files, pulls } = publish();
  using _ = files;
  files.faults.push({ content: new Uint8Array(10) });
  const outcomes = [pulls.follow(model, forever), pulls.follow(model, forever)].map((steps) =>
    readAll(steps).catch((thrown) => thrown),
  );
  for (const failure of await Promise.all(outcomes)) {
    expect(failure.code).toBe("model-missing");
    expect(failure.message).toContain("is not the model");
  }
});
