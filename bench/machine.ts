/** The machine that figures were made on. */
import { existsSync, readFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";

export type MachineClass = "AMX" | "AVX-512" | "AVX2" | "ARM" | "other";

export interface Machine {
  cpu: string;
  cores: number;
  class: MachineClass;
}

function flags(): Set<string> {
  if (!existsSync("/proc/cpuinfo")) return new Set();
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
  return new Set(line?.[1]?.split(" "));
}

/** What runs here; a variant hides what lies above it. */
export function machine(variant: Variant): Machine {
  const has = flags();
  const best: MachineClass =
    arch() === "arm64"
      ? "ARM"
      : has.has("amx_int8")
        ? "AMX"
        : has.has("avx512f")
          ? "AVX-512"
          : has.has("avx2") || platform() === "darwin"
            ? "AVX2"
            : "other";
  return { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, class: variant === "avx2" ? "AVX2" : best };
}

/** `native`: everything that the CPU has; `avx2`: as an ordinary laptop, without AVX-512 and AMX. */
export type Variant = "native" | "avx2";
