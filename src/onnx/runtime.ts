/**
 * ONNX Runtime through the addon of onnxruntime-node, without that package's JavaScript: its `run` is asynchronous by a timer, it makes new
 * outputs every time, and it finds the addon by a path that no bundler can follow. Of the package, only the two files in its folder for this
 * platform are needed: `onnxruntime_binding.node` and the library beside it.
 */
import { dlopen } from "bun:ffi";
import { createRequire } from "node:module";
import { join } from "node:path";
import { embeddedCxxLibraries } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";

/** What the addon takes and gives: the shape of onnxruntime-common's class of that name. */
class Tensor {
  readonly type: "float32";
  readonly data: Float32Array;
  readonly dims: readonly number[];
  readonly location = "cpu";

  constructor(type: "float32", data: Float32Array, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

type Tensors = Record<string, Tensor>;

interface NativeSession {
  loadModel(model: ArrayBufferLike, offset: number, length: number, options: Record<string, unknown>): void;
  run(feeds: Tensors, fetches: Tensors, options: Record<string, unknown>): Tensors;
  dispose(): void;
}

interface Addon {
  InferenceSession: new () => NativeSession;
  initOrtOnce(logLevel: number, tensor: typeof Tensor, isMainThread: boolean): void;
}

const libraries: Partial<Record<NodeJS.Platform, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};

/** Errors only: its warnings concern the makers of models. */
const LOG_LEVEL = 3;

function loadAddon(folder: string): Addon {
  const library = libraries[process.platform];
  try {
    // First, because an addon that lies inside or was extracted from an executable does not find its neighbour by itself.
    if (library) openWithCxx(join(folder, library));
    const addon = createRequire(import.meta.url)(join(folder, "onnxruntime_binding.node")) as Addon;
    addon.initOrtOnce(LOG_LEVEL, Tensor, Bun.isMainThread);
    return addon;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    // Windows does not say which library is missing; it is this one, with which ONNX Runtime is linked.
    const advice = process.platform === "win32" ? ". Install Microsoft's Visual C++ runtime (vc_redist.x64.exe)." : "";
    const message = `ONNX Runtime cannot be loaded from ${folder}: ${reason}${advice}`;
    throw new VerbatimError("internal", message, { cause: thrown });
  }
}

/** Where the system has no C++ library (small containers), with the one that an executable carries: what is open already is found by name. */
function openWithCxx(path: string): void {
  try {
    openLibrary(path);
  } catch (thrown) {
    const carried = embeddedCxxLibraries();
    if (!carried || !/libstdc\+\+|libgcc_s/.test(String(thrown))) throw thrown;
    // Bun opens nothing that it is to find no symbol in; these are never called.
    dlopen(carried.gcc, { _Unwind_GetIP: { args: ["ptr"], returns: "ptr" } });
    dlopen(carried.cxx, { __cxa_get_globals: { args: [], returns: "ptr" } });
    openLibrary(path);
  }
}

/**
 * Since version 1.29 the library reports its use to its makers from Linux and macOS unless the environment forbids it, and keeps a database
 * for that in the user's cache folder. It reads the real environment, which `process.env` does not reach in Bun, when it is initialised.
 * `setenv` is found through the library because that is linked with the C library, whatever its name is here.
 */
function openLibrary(path: string): void {
  if (process.platform === "win32") {
    dlopen(path, { OrtGetApiBase: { args: [], returns: "ptr" } });
    return;
  }
  const { symbols } = dlopen(path, { setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" } });
  symbols.setenv(Buffer.from("ORT_DISABLE_TELEMETRY\0"), Buffer.from("1\0"), 1);
}

/** An array that a model reads or fills, with its shape. */
export type Shaped = [data: Float32Array, ...dims: number[]];

/** A loaded model. */
export interface OnnxModel {
  /** Runs at once, on this thread, and fills the outputs' arrays. */
  run(inputs: Record<string, Shaped>, outputs: Record<string, Shaped>): void;
  close(): void;
}

/** Loads a model from its bytes, with the library from a folder that holds the addon and ONNX Runtime. */
export function loadModel(folder: string, model: Uint8Array): OnnxModel {
  const session = new (loadAddon(folder).InferenceSession)();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
    executionProviders: ["cpu"],
    // One thread: more of them would spin for work beside the engines, and a run takes well under a millisecond.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // The arena would keep the largest batch ever seen; plain allocation costs the same here.
    enableCpuMemArena: false,
  });
  return {
    run(inputs, outputs) {
      session.run(tensors(inputs), tensors(outputs), {});
    },
    close() {
      session.dispose();
    },
  };
}

function tensors(arrays: Record<string, Shaped>): Tensors {
  const result: Tensors = {};
  for (const [name, [data, ...dims]] of Object.entries(arrays)) result[name] = new Tensor("float32", data, dims);
  return result;
}
