import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Home, openHome } from "../../../test/run-verbatim.ts";
import type { Finding } from "./check.ts";

let home: Home;
beforeAll(async () => {
  home = openHome();
  await home.run(["models", "pull"]);
});
afterAll(() => home[Symbol.dispose]());

async function examine(args: string[] = [], environment: Record<string, string> = {}) {
  const { code, out } = await home.run(["doctor", "--json", "--port", "0", ...args], environment);
  const { state, checks } = JSON.parse(out) as { state: string; checks: Record<string, Finding[]> };
  return { code, state, checks };
}

describe("doctor", () => {
  test("finds a working installation in order, decodes once, and leaves nothing behind", async () => {
    const { code, state, checks } = await examine();
    expect([code, state === "fail"]).toEqual([0, false]);
    expect(checks.engine?.[0]).toMatchObject({ state: "ok", facts: { model: "base.en-q8_0" } });
    // The full weights beside it come with a checkout.
    const inCheckout = process.env.VERBATIM_TEST_BINARY ? [] : ["official"];
    expect(checks.models?.map(({ facts }) => facts?.state)).toEqual(["official", ...inCheckout]);
    expect(checks.library?.[0]?.text).toMatch(/^whisper\.cpp \d/);
    expect(checks.processor?.[0]?.facts?.class).not.toBe("unknown");
    expect(existsSync(join(home.folder, "data"))).toBe(false);
  });

  test("says the same to a person", async () => {
    const { code, out } = await home.run(["doctor", "engine"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {4}engine {10}base\.en-q8_0 loads in [\d.]+ s and decodes 1 s of silence in [\d.]+ s$/m);
  });

  test("does only what it is asked, and knows its checks", async () => {
    expect(Object.keys((await examine(["port", "memory"])).checks)).toEqual(["port", "memory"]);
    expect(await home.run(["doctor", "ffmpg"])).toMatchObject({
      code: 2,
      err: "verbatim: There is no check ffmpg, did you mean ffmpeg?\n",
    });
    expect((await home.run(["doctor", "x"])).err).toContain("There is no check x; there are processor, memory, ");
  });

  test("a port in use is a warning", async () => {
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const { code, checks } = await examine(["port", "--port", String(taken.port)]);
    expect([code, checks.port?.[0]?.state]).toEqual([0, "warn"]);
    expect(checks.port?.[0]?.text).toContain(`127.0.0.1:${taken.port} cannot be had`);
  });

  test("a missing library, a missing model and a folder that cannot be written are failures with advice", async () => {
    const library = await examine(["library"], { VERBATIM_NATIVE_DIR: "/nowhere" });
    expect([library.code, library.checks.library?.[0]?.state]).toEqual([1, "fail"]);
    expect(library.checks.library?.[0]?.text).toContain("VERBATIM_NATIVE_DIR names that folder");
    const model = await examine(["models", "engine", "--model", "tiny.en"]);
    expect([model.code, model.checks.models?.[0]?.state]).toEqual([1, "fail"]);
    expect(model.checks.models?.[0]?.text).toContain("verbatim models pull tiny.en");
    expect(model.checks.engine?.[0]?.state).toBe("warn");
    const cache = await examine(["folders"], { VERBATIM_CACHE_DIR: "/dev/null/x" });
    expect([cache.code, cache.checks.folders?.[0]?.state]).toEqual([1, "fail"]);
    expect(cache.checks.folders?.[0]?.advice).toContain("VERBATIM_CACHE_DIR");
  });

  test("a server open to other machines by accident is a failure", async () => {
    const open = await examine(["settings", "--host", "0.0.0.0"]);
    expect([open.code, open.checks.settings?.[0]?.state]).toEqual([1, "fail"]);
    const wanted = await examine(["settings", "--host", "0.0.0.0", "--allow-open"]);
    expect([wanted.code, wanted.checks.settings?.[0]?.state]).toEqual([0, "warn"]);
    const keyed = await examine(["settings", "--host", "0.0.0.0"], { VERBATIM_API_KEYS: "k" });
    expect([keyed.code, keyed.checks.settings?.[0]?.state]).toEqual([0, "ok"]);
    const lost = await examine(["settings", "--api-keys-file", "/nowhere"]);
    expect([lost.code, lost.checks.settings?.[0]?.text]).toEqual([
      1,
      "The file /nowhere (api-keys-file) cannot be read (ENOENT).",
    ]);
  });

  test("ffmpeg is named with its version; without one there is advice, and a wrong one is a failure", async () => {
    const program = join(home.folder, "ffmpeg");
    writeFileSync(program, "#!/bin/sh\necho ffmpeg version 9.9-test Copyright\n", { mode: 0o755 });
    const there = await examine(["ffmpeg", "--ffmpeg", program]);
    expect(there.checks.ffmpeg?.[0]).toMatchObject({ state: "ok", facts: { path: program, version: "9.9-test" } });
    writeFileSync(program, "#!/bin/sh\nexit 3\n");
    const wrong = await examine(["ffmpeg", "--ffmpeg", program]);
    expect([wrong.code, wrong.checks.ffmpeg?.[0]?.text]).toEqual([
      1,
      `${program} does not run as ffmpeg (exit code 3)`,
    ]);
    const nowhere = await examine(["ffmpeg", "--ffmpeg", "/nowhere/ffmpeg"]);
    expect([nowhere.code, nowhere.checks.ffmpeg?.[0]?.text]).toMatchObject([
      1,
      expect.stringContaining("/nowhere/ffmpeg"),
    ]);
    const own = await examine(["ffmpeg"]);
    if (own.checks.ffmpeg?.[0]?.facts?.path === null) expect(own.checks.ffmpeg[0].advice).toContain("Install");
    else expect(own.checks.ffmpeg?.[0]?.facts?.version).toBeString();
  });

  test("a damaged model is found and not run", async () => {
    const installed = (await home.run(["models", "path", "base.en-q8_0"])).out.trim();
    const whole = readFileSync(installed);
    // The cache folder's comes before the one that an executable has inside.
    const path = join(home.folder, "cache/verbatim/models/ggml-base.en-q8_0.bin");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(whole).fill(0, 50_000_000, 50_000_100));
    const { code, checks } = await examine(["models", "engine"]);
    expect(code).toBe(1);
    expect(checks.models?.some(({ state, text }) => state === "fail" && text.includes("base.en-q8_0 is damaged"))).toBe(
      true,
    );
    expect(checks.engine?.[0]?.state).toBe("warn");
    writeFileSync(path, whole);
  });
});
