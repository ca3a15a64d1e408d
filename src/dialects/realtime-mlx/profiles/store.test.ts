import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProfileStore } from "./store.ts";

let folder: string;
let profiles: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-profiles-"));
  profiles = join(folder, "profiles");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what is saved is there for another process, whole, and can be deleted", async () => {
  const store = new ProfileStore(profiles);
  expect(await store.names()).toEqual(["vad-triggered", "wake-word"]);
  await store.save("noisy.env", { vad: { sensitivity: 0.8 } });
  await store.save("noisy.env", { vad: { sensitivity: 0.9 } });
  const other = new ProfileStore(profiles);
  expect(await other.names()).toEqual(["noisy.env", "vad-triggered", "wake-word"]);
  expect(await other.get("noisy.env")).toEqual({ vad: { sensitivity: 0.9 } });
  expect(readdirSync(profiles)).toEqual(["noisy.env.json"]);
  await other.delete("noisy.env");
  await expect(store.get("noisy.env")).rejects.toMatchObject({ code: "not-found" });
  await expect(store.delete("noisy.env")).rejects.toMatchObject({ code: "not-found" });
});

test("no name leads out of the folder, and none is endless", async () => {
  const store = new ProfileStore(profiles);
  writeFileSync(join(folder, "secret.json"), "{}");
  const names = ["../secret", "..", ".hidden", "a/b", "a\\b", "", " ", "ü", "x".repeat(65), "x".repeat(10_000), "a\0"];
  for (const name of names) {
    await expect(store.save(name, {})).rejects.toMatchObject({ code: "bad-parameter" });
    await expect(store.get(name)).rejects.toMatchObject({ code: "not-found" });
    const failure = await store.delete(name).catch((thrown: Error) => thrown);
    expect(String(failure).length).toBeLessThan(200);
  }
});

test("the predefined ones are nobody's to change, also not by a file of their name", async () => {
  const store = new ProfileStore(profiles);
  mkdirSync(profiles);
  writeFileSync(join(profiles, "wake-word.json"), "{}");
  expect(await store.get("wake-word")).toMatchObject({ wake_word: { enabled: true } });
  expect(await store.names()).toEqual(["vad-triggered", "wake-word"]);
  for (const name of ["wake-word", "vad-triggered"]) {
    await expect(store.save(name, {})).rejects.toMatchObject({ code: "bad-parameter" });
    await expect(store.delete(name)).rejects.toMatchObject({ code: "bad-parameter" });
  }
});

test("a folder that cannot be written is the server's fault", async () => {
  writeFileSync(profiles, "a file");
  await expect(new ProfileStore(profiles).save("x", {})).rejects.toMatchObject({ code: "internal" });
});
