import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildInfo } from "./build.ts";
import { libraryPath } from "./library.ts";
import { ABI_VERSION } from "./symbols.ts";

function run(code: string, env: Record<string, string>): { stdout: string; stderr: string } {
  const child = Bun.spawnSync([process.execPath, "--eval", code], {
    cwd: import.meta.dir,
    env: { ...process.env, ...env },
  });
  return { stdout: child.stdout.toString(), stderr: child.stderr.toString() };
}

const ask = `
  import { buildInfo } from "./build.ts";
  import { newJob, freeJob } from "./job.ts";
  try { freeJob(newJob()); console.log(buildInfo().backend); } catch (error) { console.log(error.code + ": " + error.message); }
`;

test("the library says what it is", () => {
  const { abi, whisper, features } = buildInfo();
  expect(abi).toBe(ABI_VERSION);
  expect(whisper).toMatch(/^\d+\.\d+\.\d+/);
  expect(features).toBeArray();
});

test("a library that is missing or is none is an error that names it", () => {
  const folder = mkdtempSync(join(tmpdir(), "verbatim-library-"));
  try {
    const path = join(folder, basename(libraryPath()));
    expect(run(ask, { VERBATIM_NATIVE_DIR: folder }).stdout).toStartWith(
      `engine-failed: The native library is missing: ${path}`,
    );
    writeFileSync(path, "no library");
    expect(run(ask, { VERBATIM_NATIVE_DIR: folder }).stdout).toStartWith(
      `engine-failed: The native library cannot be loaded: ${path}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("VERBATIM_DEBUG_FFI names each call before it is made, on stderr or in a file", () => {
  const { stdout, stderr } = run(ask, { VERBATIM_DEBUG_FFI: "1" });
  expect(stdout).toMatch(/^\w+\n$/);
  expect(stderr).toMatch(
    /^\d+ main vb_job_new\(\)\n\d+ main vb_job_free\(0x[0-9a-f]+\)\n\d+ main vb_build_info\(\)\n$/,
  );
  const folder = mkdtempSync(join(tmpdir(), "verbatim-trace-"));
  try {
    const file = join(folder, "calls");
    for (let round = 0; round < 2; round++) expect(run(ask, { VERBATIM_DEBUG_FFI: file }).stderr).toBe("");
    expect(readFileSync(file, "utf8").match(/ vb_job_new\(\)\n/g)).toHaveLength(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
