/**
 * The whole executable on CPUs that this machine does not have, under qemu's user emulation: a word that somebody says comes out as text, decoded
 * by the right variant, proof included. `bun run test:binary --emulated` runs it; it takes minutes for each CPU, and wants Debian's
 * qemu-user-static, a C compiler and, for ARM, its cross compiler.
 */
import { afterAll, expect, test } from "bun:test";
import { openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../data.ts";
import { openHome } from "../run-verbatim.ts";

interface Machine {
  emulator: string;
  compiler: string;
  /** Where the C library of such a machine lies. */
  root?: string;
  /** CPU as qemu names it → the variant that is to decode. */
  cpus: Record<string, string>;
}

/** By the number that ELF gives to a processor. */
const machines: Record<number, Machine> = {
  62: {
    emulator: "qemu-x86_64-static",
    compiler: "cc",
    cpus: { Nehalem: "sse42", SandyBridge: "sandybridge", Haswell: "haswell" },
  },
  183: {
    emulator: "qemu-aarch64-static",
    compiler: "aarch64-linux-gnu-gcc",
    root: "/usr/aarch64-linux-gnu",
    cpus: { "cortex-a53": "armv8.0_1", "neoverse-n1": "armv8.2_2", a64fx: "armv8.2_3", max: "armv8.6_2" },
  },
};

const executable = process.env.VERBATIM_TEST_BINARY as string;
const header = new Uint8Array(20);
readSync(openSync(executable, "r"), header);
const machine = machines[new DataView(header.buffer).getUint16(18, true)] as Machine;

const emulator = Bun.which(machine.emulator);
if (!emulator) throw new Error(`${machine.emulator} is not installed.`);
const shim = join(tmpdir(), `verbatim-exec-${process.pid}.so`);
const source = join(import.meta.dir, "exec-in-emulator.c");
const made = Bun.spawnSync([machine.compiler, "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"]);
if (made.exitCode !== 0) throw new Error(made.stderr.toString());
afterAll(() => rmSync(shim));

const seven = clip("alphanumeric/seven_evmaki_nohash_0.flac").file;
const only = process.env.EMULATED_CPU;

for (const [cpu, variant] of Object.entries(machine.cpus)) {
  if (only && only !== cpu) continue;
  test(`${cpu} decodes with ${variant}`, async () => {
    using home = openHome();
    const emulated = {
      EXEC_IN_EMULATOR: emulator,
      QEMU_CPU: cpu,
      QEMU_LD_PREFIX: machine.root ?? "",
      LD_PRELOAD: shim,
    };
    const child = Bun.spawn([emulator, executable, "transcribe", seven, "--log-level", "info"], {
      cwd: home.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH ?? "", HOME: home.folder, ...emulated },
    });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect(err).toContain(`libggml-cpu-${variant}.so`);
    expect(err).not.toContain("is skipped");
    expect(out).toMatch(/\bseven\b/i);
    expect(await child.exited).toBe(0);
  }, 3_600_000);
}
