/** Of a release: a CPU variant that dies is found out by a process of its own, named in the log, and the next one serves. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clip } from "../data.ts";
import { openHome, programCommand } from "../run-verbatim.ts";
import { compile, copyLibraries } from "./release-folder.ts";

const jfk = clip("containers_jfk/jfk.wav").file;
const COUNTRY = "ask what you can do for your country";

test("a variant that dies is skipped and named, and the next start knows", async () => {
  using home = openHome();
  const native = await copyLibraries(home);
  // Bids more than any other, and its first instruction is none.
  const source = join(home.folder, "broken.c");
  writeFileSync(
    source,
    "int ggml_backend_score(void) { return 1 << 30; }\nvoid *ggml_backend_init(void) { __builtin_trap(); }\n",
  );
  const broken = "libggml-cpu-broken.so";
  compile(source, join(native, broken));

  const settings = { VERBATIM_NATIVE_DIR: native, VERBATIM_LOG_LEVEL: "info" };
  const first = await home.run(["transcribe", jfk], settings);
  expect(first.out).toContain(COUNTRY);
  expect(first.err).toContain(broken);
  expect(first.err).toContain("is skipped");
  const second = await home.run(["transcribe", jfk], settings);
  expect(second.out).toContain(COUNTRY);
  expect(second.err).not.toContain(broken);
});

test("every variant that fits this CPU says the same", async () => {
  using home = openHome();
  const { stdout } = Bun.spawnSync(programCommand(["variants"]), { stdio: ["ignore", "pipe", "inherit"] });
  const variants = JSON.parse(stdout.toString()) as string[];
  expect(variants.length).toBeGreaterThan(1);
  for (const variant of variants) {
    const { out } = await home.run(["transcribe", jfk], { VERBATIM_NATIVE_VARIANT: variant });
    expect([variant, out]).toEqual([variant, expect.stringContaining(COUNTRY)]);
  }
}, 600_000);

test("tune measures, keeps the answer and shows it again", async () => {
  using home = openHome();
  const measured = await home.run(["tune", "--json"]);
  expect(measured.code).toBe(0);
  const tuning = JSON.parse(measured.out);
  expect(tuning.measured.length).toBeGreaterThan(1);
  for (const { variant, speed } of tuning.measured) {
    expect(tuning.variants).toContain(variant);
    expect(speed).toBeGreaterThan(0);
  }
  expect(JSON.parse((await home.run(["tune", "--show", "--json"])).out)).toEqual(tuning);
});
