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

/**
 * Asks the library. One for one machine has its backend inside; a release has them beside it, and they are loaded by the first call:
 * the files that are named here (with commas between) or by VERBATIM_NATIVE_VARIANT, else every GPU's and the CPU variant with the highest bid.
 */
export function buildInfo(files = process.env.VERBATIM_NATIVE_VARIANT): BuildInfo {
  const info = read();
  if (info.devices.length > 0) return info;
  const folder = cString(libraryFolder(), "folder");
  const names = files ? cString(files, "the backends' files") : null;
  call((error) => native().vb_load_backends(folder, names, error));
  return read();
}

function read(): BuildInfo {
  return JSON.parse(native().vb_build_info() ?? "{}");
}
