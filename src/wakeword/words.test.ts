import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assetFolder } from "../assets/assets.ts";
import { readModel } from "./models.ts";
import { classifierOf, EMBEDDING, MEL, WAKE_WORDS, wakeWordNamed } from "./words.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-wakeword-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a word goes by several names", () => {
  for (const name of ["jarvis", "Jarvis", "hey jarvis", " Hey-Jarvis ", "hey_jarvis_v0.1"])
    expect(wakeWordNamed(name)).toBe("hey_jarvis");
  for (const word of WAKE_WORDS) expect(wakeWordNamed(word)).toBe(word);
  for (const name of ["", "hey", "jarvis2", "toString"]) expect(() => wakeWordNamed(name)).toThrow("no wake word");
  expect(() => wakeWordNamed("x".repeat(10_000))).toThrow(/^.{0,200}$/);
});

test("every model that is known is installed, as it was published", async () => {
  for (const file of [MEL, EMBEDDING, ...WAKE_WORDS.map(classifierOf)])
    expect((await readModel(file)).length).toBeGreaterThan(100_000);
});

test("models of a folder are taken if they are the same, and refused if not", async () => {
  cpSync(join(assetFolder("wakeword"), MEL.file), join(folder, MEL.file));
  expect(await readModel(MEL, folder)).toEqual(await readModel(MEL));
  writeFileSync(join(folder, EMBEDDING.file), "something else");
  expect(readModel(EMBEDDING, folder)).rejects.toThrow("not the version 0.1");
  expect(readModel(classifierOf("alexa"), folder)).rejects.toThrow("does not have it");
});
