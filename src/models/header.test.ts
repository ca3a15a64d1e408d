import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTinyModel } from "../../test/tiny-model.ts";
import { closeModel, modelInfo, openModel } from "../native/model.ts";
import { parseHeader, readHeader } from "./header.ts";
import { findInStore } from "./store.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-header-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a real model is what it says", async () => {
  const model = await findInStore("base.en", { cacheDir: folder, modelsDir: [] });
  expect(await readHeader(model?.path ?? "")).toEqual({
    type: "base",
    quantisation: "f16",
    multilingual: false,
    vocabulary: 51864,
    audioContext: 1500,
    audioState: 512,
    audioHeads: 8,
    audioLayers: 6,
    textContext: 448,
    textState: 512,
    textHeads: 8,
    textLayers: 6,
    mels: 80,
  });
});

test("the library agrees, for a multilingual model too", async () => {
  for (const multilingual of [true, false]) {
    const path = join(folder, `tiny-${multilingual}.bin`);
    writeTinyModel(path, { multilingual });
    const header = await readHeader(path);
    expect(header).toMatchObject({ type: "tiny", quantisation: "f16", multilingual });
    const model = openModel(path);
    try {
      const { type, quantisation, vocabulary, ...info } = modelInfo(model);
      expect({ type, quantisation, vocabulary, multilingual: info.multilingual }).toEqual({
        type: multilingual ? header.type : `${header.type}.en`,
        quantisation: header.quantisation,
        vocabulary: header.vocabulary,
        multilingual,
      });
    } finally {
      closeModel(model);
    }
  }
});

test("what is no model is named", async () => {
  const refusals: [content: string | Uint8Array, why: string][] = [
    ["", "it is empty"],
    ["GGUF\x03\0\0\0", "it is a GGUF file"],
    ["PK\x03\x04", "it is a PyTorch checkpoint"],
    ["<!doctype html>", "it is a web page"],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "it is a Git LFS pointer"],
    ["lmgg\x01", "it ends within its header"],
    ["x".repeat(100), "it is of another format"],
  ];
  for (const [i, [content, why]] of refusals.entries()) {
    const path = join(folder, `bad-${i}.bin`);
    writeFileSync(path, content);
    await expect(readHeader(path)).rejects.toThrow(`${path} is not a Whisper model in ggml format: ${why}`);
  }
  await expect(readHeader("/nowhere.bin")).rejects.toThrow("The model file /nowhere.bin does not exist.");
  await expect(readHeader(folder)).rejects.toThrow("it is a folder");
});

test("a damaged header is refused, whichever number is damaged", async () => {
  const path = join(folder, "whole.bin");
  writeTinyModel(path, { multilingual: true });
  const whole = readFileSync(path).subarray(0, 48);
  for (let field = 0; field < 11; field++)
    for (const value of [-1, 0x7fffffff]) {
      const bytes = Buffer.from(whole);
      bytes.writeInt32LE(value, 4 + field * 4);
      expect(() => parseHeader(bytes, "m.bin"), `field ${field} as ${value}`).toThrow("m.bin is not a Whisper model");
    }
  const heads = Buffer.from(whole);
  heads.writeInt32LE(7, 4 + 3 * 4);
  expect(() => parseHeader(heads, "m.bin")).toThrow("do not fit together");
});
