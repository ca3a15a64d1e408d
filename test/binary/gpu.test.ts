/** Of a release: what a GPU's backend beside the library may do wrong. Each is named in the log, and the CPU computes. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { clip } from "../data.ts";
import { type Home, openHome, programCommand } from "../run-verbatim.ts";
import { compile, copyLibraries } from "./release-folder.ts";

const jfk = clip("containers_jfk/jfk.wav").file;
const COUNTRY = "ask what you can do for your country";
const NOT_USED = "The GPU cannot be used and the CPU computes";
const ggml = resolve(import.meta.dir, "../../node_modules/nodejs-whisper/cpp/whisper.cpp/ggml");

const { stdout } = Bun.spawnSync(programCommand(["variants"]), { stdio: ["ignore", "pipe", "inherit"] });
const [variant] = JSON.parse(stdout.toString()) as [string];

/** A folder with a backend for a GPU that there is not; its computations are the CPU's. */
async function withGpu(home: Home, ...flags: string[]): Promise<Record<string, string>> {
  const native = await copyLibraries(home);
  const headers = [`-I${ggml}/include`, `-I${ggml}/src`];
  const cpu = `-DCPU_FILE="${join(native, variant)}"`;
  compile(join(import.meta.dir, "pretended-gpu.c"), join(native, "libggml-cuda.so"), cpu, ...headers, ...flags);
  return { VERBATIM_NATIVE_DIR: native, VERBATIM_LOG_LEVEL: "info" };
}

test("one that works is used", async () => {
  using home = openHome();
  const { out, err } = await home.run(["transcribe", jfk], await withGpu(home));
  expect(out).toContain(COUNTRY);
  expect(err).toMatch(/Model ready.*CUDA0/);
  expect(err).not.toContain(NOT_USED);
});

test("one that dies when it computes is found out before any speech is given to it", async () => {
  using home = openHome();
  const settings = await withGpu(home, "-DDIES");
  const { out, err } = await home.run(["transcribe", jfk], settings);
  expect(out).toContain(COUNTRY);
  expect(err).toMatch(new RegExp(`${NOT_USED}.*libggml-cuda.so.*signal SIG(ILL|TRAP)`));
  expect(err).toMatch(/Model ready.*"?backend"?[:=] ?"?CPU/);

  const asked = await home.run(["transcribe", jfk], { ...settings, VERBATIM_BACKEND: "cuda" });
  expect([asked.code, asked.out]).toEqual([1, ""]);
  expect(asked.err).toContain("signal SIG");
  const not = await home.run(["transcribe", jfk], { ...settings, VERBATIM_BACKEND: "cpu" });
  expect(not.out).toContain(COUNTRY);
  expect(not.err).not.toContain(NOT_USED);
});

test("one that finds no GPU says so", async () => {
  using home = openHome();
  const { out, err } = await home.run(["transcribe", jfk], await withGpu(home, "-DNO_DEVICE"));
  expect(out).toContain(COUNTRY);
  expect(err).toMatch(new RegExp(`${NOT_USED}.*libggml-cuda.so finds no device`));
});

test("one whose driver is not there is named with what is missing", async () => {
  using home = openHome();
  const native = await copyLibraries(home);
  const source = join(home.folder, "driver.c");
  writeFileSync(source, "int driver(void) { return 0; }\n");
  compile(source, join(home.folder, "libdriver.so"));
  writeFileSync(source, "int driver(void); void *ggml_backend_init(void) { return (void *)(long)driver(); }\n");
  compile(source, join(native, "libggml-cuda.so"), `-L${home.folder}`, "-ldriver");
  const settings = { VERBATIM_NATIVE_DIR: native, VERBATIM_LOG_LEVEL: "info" };
  const { out, err } = await home.run(["transcribe", jfk], settings);
  expect(out).toContain(COUNTRY);
  expect(err).toMatch(new RegExp(`${NOT_USED}.*libdriver.so: cannot open shared object file`));
  const doctor = await home.run(["doctor"], settings);
  expect(doctor.out).toMatch(/libggml-cuda.so is not used: .*libdriver.so/);
  const asked = await home.run(["transcribe", jfk], { ...settings, VERBATIM_BACKEND: "cuda" });
  expect(asked.code).toBe(1);
  expect(asked.err).toContain("libdriver.so: cannot open shared object file");
});
