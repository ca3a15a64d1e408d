/** What build.sh decides before it builds: which tools are missing, and whether what is there may stay. */
import { afterAll, expect, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = join(import.meta.dir, "build.sh");
const built = join(import.meta.dir, "../build/native");
const scratch = mkdtempSync(join(tmpdir(), "verbatim-build-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** What the script calls that a system without compilers has too. */
const COMMON =
  "bash cat cp cut date dirname find getconf grep head ls mkdir mv ps rm sha256sum shasum sleep sort sysctl tail tr uname xargs";

/** Runs the script with these tools and no others in reach, and with package managers that do nothing. */
function build(tools: string[], managers: string[], ...args: string[]): { code: number; said: string } {
  const bin = mkdtempSync(join(scratch, "bin-"));
  for (const tool of [...COMMON.split(" "), ...tools]) {
    const path = Bun.which(tool);
    if (path) symlinkSync(path, join(bin, tool));
  }
  for (const manager of managers) {
    writeFileSync(join(bin, manager), "#!/bin/sh\n");
    chmodSync(join(bin, manager), 0o755);
  }
  const CXX = tools.includes(compiler) ? { CXX: compiler } : {};
  const env = { PATH: bin, BUN: process.execPath, ...CXX };
  const child = Bun.spawnSync([join(bin, "bash"), script, ...args], { env });
  return { code: child.exitCode, said: child.stderr.toString() };
}

const somewhere = (): string => join(mkdtempSync(join(scratch, "out-")), "native");
/** The one that build.sh has found. */
const compiler = [process.env.CXX ?? "", "c++", "g++", "clang++"].find((name) => Bun.which(name)) ?? "c++";
const linux = process.platform === "linux";

test.each([
  ["a C++ compiler", [], ["apt-get"], "sudo apt install build-essential cmake"],
  ["a C++ compiler", ["cmake"], ["dnf"], "sudo dnf install gcc-c++ make cmake"],
  ["a C++ compiler", ["make"], ["apk"], "apk add build-base cmake bash linux-headers"],
  ["cmake", [compiler, "make"], ["pacman"], "sudo pacman -S base-devel cmake"],
  ["make", [compiler, "cmake"], ["zypper"], "sudo zypper install gcc-c++ make cmake"],
  ["cmake", [compiler], [], "install a C++ compiler, make and cmake with this system's package manager"],
] as const)("without %s (there are: %p, %p) one sentence says what to install", (missing, tools, managers, hint) => {
  const { code, said } = build([...tools], [...managers], "--out", somewhere());
  expect(code).toBe(1);
  if (linux) expect(said).toBe(`Building the speech engine needs ${missing}. Install it with: ${hint}\n`);
  else expect(said).toStartWith(`Building the speech engine needs ${missing}. Install it with: `);
});

test("other targets name their own tools", () => {
  expect(build([compiler, "cmake", "make"], [], "cuda", "--out", somewhere()).said).toContain("needs nvcc");
  expect(build([compiler, "cmake", "make"], [], "vulkan", "--out", somewhere()).said).toContain("needs glslc");
  expect(build(["cmake", "make"], [], "--for", "nowhere-linux-gnu", "--out", somewhere()).said).toStartWith(
    "Building for nowhere-linux-gnu needs its C++ compiler, nowhere-linux-gnu-g++",
  );
  expect(build([], [], "gpu")).toEqual({ code: 1, said: expect.stringContaining("unknown argument gpu") });
});

test("a build stays as long as its stamp fits; one from another CPU, compiler or source is made again", () => {
  const out = somewhere();
  mkdirSync(out);
  cpSync(join(built, "stamp"), join(out, "stamp"));
  const stamp = readFileSync(join(out, "stamp"), "utf8");
  expect(build([compiler], [], "--out", out)).toEqual({ code: 0, said: "" });
  for (const line of ["target", "system", "upstream", "compiler", "processor", "patches", "sources"]) {
    expect(stamp).toContain(`\n${line} `.trimStart());
    writeFileSync(join(out, "stamp"), stamp.replace(new RegExp(`^${line} .*`, "m"), `${line} another`));
    expect([line, build([compiler], [], "--out", out).code]).toEqual([line, 1]);
  }
});

test("a build that fits needs no compiler", () => {
  const out = somewhere();
  mkdirSync(out);
  const stamp = readFileSync(join(built, "stamp"), "utf8");
  writeFileSync(join(out, "stamp"), stamp);
  expect(build([], [], "--out", out)).toEqual({ code: 0, said: "" });
  writeFileSync(join(out, "stamp"), stamp.replace(/^processor .*/m, "processor another"));
  expect(build([], [], "--out", out).said).toContain("needs a C++ compiler");
});

test("what another compiler left behind is not built upon", () => {
  const triple = "verbatim-test-gnu";
  const work = join(import.meta.dir, "../build/work", `cpu-${triple}`);
  const bin = mkdtempSync(join(scratch, "bin-"));
  const program = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  // Ends the build where cmake would be called, after saying whether something is there already.
  program("cmake", `[ -d "${work}/cmake" ] && echo objects are there; mkdir -p "${work}/cmake"; exit 1`);
  const run = (version: string): string => {
    program(`${triple}-g++`, `echo "g++ ${version}"`);
    const env = { PATH: `${bin}:${process.env.PATH}`, BUN: process.execPath };
    const child = Bun.spawnSync(["bash", script, "--for", triple, "--out", somewhere()], { env });
    expect(child.exitCode).toBe(1);
    return child.stderr.toString();
  };
  try {
    expect(run("12.2")).not.toContain("objects are there");
    expect(run("12.2")).toContain("objects are there");
    expect(run("12.3")).not.toContain("objects are there");
    // One that was killed left its lock behind, and not yet a name in it.
    mkdirSync(join(work, "lock"));
    expect(run("12.3")).toContain("objects are there");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}, 60_000);
