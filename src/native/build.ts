/** What the library is made of, and which compute backends it uses. */
import { call, cString } from "./call.ts";
import { libraryFolder, native } from "./library.ts";

export interface BuildInfo {
  abi: number;
  /** Version of whisper.cpp. */
  whisper: string;
  compiler: string;
  /** The device that computes. */
  backend: string;
  devices: { name: string; description: string }[];
  /** Instruction sets that the CPU's backend uses. */
  features: string[];
}

export function buildInfo(): BuildInfo {
  return JSON.parse(native().vb_build_info() ?? "{}");
}

/** Release builds: loads the backends beside the library, or one file of them. Call once in a process, before any model is opened. */
export function loadBackends(variant?: string): void {
  const folder = cString(libraryFolder(), "folder");
  const file = variant === undefined ? null : cString(variant, "variant");
  call((error) => native().vb_load_backends(folder, file, error));
}
