/** Finds libverbatim, opens it once per thread, and makes sure that it speaks this program's version of the contract. */
import { dlopen, suffix } from "bun:ffi";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { assetFolder, isExecutable } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import { ABI_VERSION, type Native, symbols } from "./symbols.ts";
import { traced } from "./trace.ts";

/** The folder of libverbatim and of the compute backends that belong to it. */
export function libraryFolder(): string {
  return process.env.VERBATIM_NATIVE_DIR || assetFolder("native");
}

/** The library itself; whether it is there is another question. */
export function libraryPath(): string {
  return join(libraryFolder(), process.platform === "win32" ? "verbatim.dll" : `libverbatim.${suffix}`);
}

/** What to do where the library is missing or is not the right one. */
export function libraryAdvice(): string {
  if (process.env.VERBATIM_NATIVE_DIR) return "VERBATIM_NATIVE_DIR names that folder: unset it, or name the right one.";
  return isExecutable ? "Remove that folder: the next start writes it again." : "Build it: bash native/build.sh";
}

let opened: Native | undefined;

/** The library's functions. Opens it on the first call in each thread; throws `engine-failed` with the path and the reason. */
export function native(): Native {
  opened ??= open(libraryPath());
  return opened;
}

/** In their order what a release's verbatim.dll is linked with, each with a function of it. */
const linked = { "ggml-base.dll": "ggml_time_init", "ggml.dll": "ggml_backend_dev_count" };

/** Windows does not look for what a library is linked with in the library's own folder; what is open already it finds by name. */
export function openLinked(): void {
  if (process.platform !== "win32") return;
  for (const [file, name] of Object.entries(linked)) {
    const path = join(libraryFolder(), file);
    if (existsSync(path)) dlopen(path, { [name]: { args: [], returns: "void" } });
  }
}

function open(path: string): Native {
  if (!existsSync(path))
    throw new VerbatimError("engine-failed", `The native library is missing: ${path}. ${libraryAdvice()}`);
  let library: Native;
  try {
    openLinked();
    library = dlopen(path, symbols).symbols;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VerbatimError("engine-failed", `The native library cannot be loaded: ${path}: ${reason}`, { cause });
  }
  const version = library.vb_abi_version();
  if (version !== ABI_VERSION)
    throw new VerbatimError(
      "engine-failed",
      `The native library is of another version (${version}, needed is ${ABI_VERSION}): ${path}. ${libraryAdvice()}`,
    );
  return traced(library);
}
