import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Home, openHome } from "../../test/run-verbatim.ts";

let home: Home;
beforeAll(() => {
  home = openHome();
});
afterAll(() => home[Symbol.dispose]());

test("what it prints of .env files is a settings file that means the same", async () => {
  writeFileSync(join(home.folder, "one.env"), "STT_PORT=8100\nMODEL_PRECISION=fp16\n");
  writeFileSync(join(home.folder, "two.env"), 'export LWM_MODEL="small"\nSTT_PORT=8200\n');
  const { code, out } = await home.run(["migrate", "one.env", "two.env"], { STT_LANGUAGE: "de" });
  expect(code).toBe(0);
  expect(out).toStartWith("# MODEL_PRECISION: ");
  const folder = join(home.folder, "config/verbatim");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "verbatim.toml"), out);
  const shown = JSON.parse((await home.run(["config", "show", "--json"])).out);
  expect(shown.settings).toMatchObject({
    port: { value: 8200, origin: { from: "file" } },
    model: { value: "small" },
    language: { value: "auto" },
  });
});

test("without a file the environment is read; config show names the variable", async () => {
  const environment = { STT_LANGUAGE: "de" };
  expect((await home.run(["migrate"], environment)).out).toBe('language = "de" # STT_LANGUAGE\n');
  expect((await home.run(["config", "show"], environment)).out).toMatch(/^language +de +STT_LANGUAGE$/m);
});

test("a file that is not there", async () => {
  const { code, err } = await home.run(["migrate", "none.env"]);
  expect([code, err]).toEqual([2, "verbatim: none.env cannot be read (ENOENT).\n"]);
});
