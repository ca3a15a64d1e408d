/** Models: opened once, then read by any number of threads. */
import { cString, type Handle, open, takeJson } from "./call.ts";
import { native } from "./library.ts";
import { type Layout, Struct } from "./struct.ts";

export type ModelHandle = Handle<"model">;

/** What the library says of a model. */
export interface ModelInfo {
  type: string;
  quantisation: string;
  multilingual: boolean;
  languages: string[];
  vocabulary: number;
  audioContext: number;
  textContext: number;
  melBands: number;
  /** Bytes of its weights. */
  memory: number;
}

export const modelOptionsLayout = {
  size: 12,
  members: { use_gpu: [4, "i32"] },
} as const satisfies Layout;

/** Loads a model from a file, to be computed on the CPU or on the library's first other device. */
export function openModel(path: string, { gpu = false } = {}): ModelHandle {
  const struct = new Struct(modelOptionsLayout);
  struct.set("use_gpu", gpu ? 1 : 0);
  const file = cString(path, "path");
  return struct.during((bytes) =>
    open<"model">((handle, error) => native().vb_model_open_file(file, bytes, handle, error)),
  );
}

/** Gives a model's memory back. No state of it may be left. */
export function closeModel(model: ModelHandle): void {
  native().vb_model_free(model);
}

export function modelInfo(model: ModelHandle): ModelInfo {
  return takeJson((json, error) => native().vb_model_info(model, json, error)) as ModelInfo;
}

/** The ids of a text's tokens. */
export function tokenize(model: ModelHandle, text: string): number[] {
  const bytes = cString(text, "text");
  // No token is shorter than a byte.
  const ids = new Int32Array(bytes.length);
  const count = native().vb_tokenize(model, bytes, ids, ids.length);
  return Array.from(ids.subarray(0, count));
}
