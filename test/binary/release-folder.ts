/** A release's libraries in a folder of their own, where a test may put others beside them. */
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Home } from "../run-verbatim.ts";

/** Copies the native folder that the executable has extracted into this home. */
export async function copyLibraries(home: Home): Promise<string> {
  const { code, err } = await home.run(["version"]);
  if (code !== 0) throw new Error(err);
  const lib = join(home.folder, "cache/verbatim/lib");
  const extracted = readdirSync(lib).find((name) => name.startsWith("native-")) as string;
  const native = join(home.folder, "native");
  mkdirSync(native);
  for (const file of readdirSync(join(lib, extracted))) copyFileSync(join(lib, extracted, file), join(native, file));
  return native;
}

/** Compiles a library of one C file. */
export function compile(source: string, into: string, ...flags: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["cc", "-shared", "-fPIC", "-w", source, ...flags, "-o", into], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (exitCode !== 0) throw new Error(stderr.toString());
}
