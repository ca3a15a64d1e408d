/**
 * The whole executable on CPUs that this machine does not have, under qemu's user emulation: a word that somebody says comes out as text, decoded
 * by the right variant, proof included. `bun run test:binary --emulated` runs it; it takes minutes for each CPU, and wants Debian's
 * qemu-user-static, a C compiler and, for ARM, its cross compiler.
 */
import { afterAll, expect, test } from "bun:test";
import { openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../data.ts";
import { openHome } from "../run-verbatim.ts";

interface Machine {
  emulator: string;
  compiler: string;
  /** Where the C library of such a machine lies. */
  root?: string;
  /** CPU as qemu names it → the variant that is to decode, and, on ARM, what /proc/cpuinfo calls its maker and itself. */
  cpus: Record<string, [variant: string, implementer?: string, part?: string]>;
}

/** By the number that ELF gives to a processor. */
const machines: Record<number, Machine> = {
  62: {
    emulator: "qemu-x86_64-static",
    compiler: "cc",
    cpus: { Nehalem: ["sse42"], SandyBridge: ["sandybridge"], Haswell: ["haswell"] },
  },
  183: {
    emulator: "qemu-aarch64-static",
    compiler: "aarch64-linux-gnu-gcc",
    root: "/usr/aarch64-linux-gnu",
    cpus: {
      "cortex-a53": ["armv8.0_1", "0x41", "0xd03"],
      "neoverse-n1": ["armv8.2_2", "0x41", "0xd0c"],
      // It has SVE, and none of the dot products that every variant with SVE takes.
      a64fx: ["armv8.0_1", "0x46", "0x001"],
      max: ["armv8.6_2", "0x41", "0xd40"],
    },
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

/** /proc/cpuinfo of two such CPUs. */
function cpuinfo(implementer: string, part: string): string {
  const facts = {
    Features: "fp asimd",
    "CPU implementer": implementer,
    "CPU architecture": "8",
    "CPU variant": "0x0",
    "CPU part": part,
  };
  const lines = Object.entries(facts).map(([name, value]) => `${name}\t: ${value}\n`);
  return [0, 1].map((index) => `processor\t: ${index}\n${lines.join("")}CPU revision\t: 1\n`).join("\n");
}

for (const [cpu, [variant, implementer, part]] of Object.entries(machine.cpus)) {
  if (only && only !== cpu) continue;
  test(`${cpu} decodes with ${variant}`, async () => {
    using home = openHome();
    const arm: Record<string, string> = {};
    if (implementer && part) {
      arm.EMULATED_CPUINFO = join(home.folder, "cpuinfo");
      writeFileSync(arm.EMULATED_CPUINFO, cpuinfo(implementer, part));
    }
    const emulated = {
      EXEC_IN_EMULATOR: emulator,
      QEMU_CPU: cpu,
      QEMU_LD_PREFIX: machine.root ?? "",
      LD_PRELOAD: shim,
    };
    const child = Bun.spawn([emulator, executable, "transcribe", seven, "--log-level", "info"], {
      cwd: home.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH ?? "", HOME: home.folder, ...emulated, ...arm },
    });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect(err).toContain(`libggml-cpu-${variant}.so`);
    expect(err).not.toContain("is skipped");
    expect(out).toMatch(/\bseven\b/i);
    expect(await child.exited).toBe(0);
  }, 3_600_000);
}
