/** What an executable can be built for, and what each needs. */

export interface Target {
  /** As in the file's name: `linux-x64`. */
  name: string;
  /** Bun's own name of its runtime. On x64 the one for CPUs without AVX2 too: libverbatim brings the fast code. */
  bun: Bun.Build.CompileTarget;
  /** Node's names, by which onnxruntime-node keeps its files. */
  platform: string;
  arch: string;
  /** The compiler with which native/build.sh makes its library on another machine. */
  triple?: string;
}

// Not among them: macOS on Intel, for which ONNX Runtime is no longer published.
export const targets: readonly Target[] = [
  { name: "linux-x64", bun: "bun-linux-x64-baseline", platform: "linux", arch: "x64", triple: "x86_64-linux-gnu" },
  { name: "linux-arm64", bun: "bun-linux-arm64", platform: "linux", arch: "arm64", triple: "aarch64-linux-gnu" },
  { name: "darwin-arm64", bun: "bun-darwin-arm64", platform: "darwin", arch: "arm64" },
  {
    name: "windows-x64",
    bun: "bun-windows-x64-baseline",
    platform: "win32",
    arch: "x64",
    triple: "x86_64-w64-mingw32",
  },
];

export function targetNamed(name: string): Target {
  const found = targets.find((one) => one.name === name);
  if (found) return found;
  throw new Error(`There is no target ${name}: ${targets.map((one) => one.name).join(", ")}, or all.`);
}

/** The machine that builds. */
export function thisTarget(): Target {
  const found = targets.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  if (found) return found;
  throw new Error(`No executable can be built on ${process.platform} ${process.arch}.`);
}
