/** Every function of native/include/verbatim.h, in its order, as bun:ffi wants to know it. */
import type { FFIFunction, Library } from "bun:ffi";

/** VB_ABI_VERSION as this code was written against it. */
export const ABI_VERSION = 1;

export const symbols = {
  vb_buffer_free: { args: ["ptr"], returns: "void" },

  vb_abi_version: { args: [], returns: "i32" },
  vb_build_info: { args: [], returns: "cstring" },
  vb_load_backends: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  vb_log_drain: { args: ["ptr", "u64"], returns: "u64" },

  vb_model_open_file: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  vb_model_free: { args: ["ptr"], returns: "void" },
  vb_model_info: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  vb_tokenize: { args: ["ptr", "ptr", "ptr", "i32"], returns: "i32" },
  vb_quantize: { args: ["ptr", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },

  vb_state_new: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  vb_state_free: { args: ["ptr"], returns: "void" },

  vb_job_new: { args: [], returns: "ptr" },
  vb_job_free: { args: ["ptr"], returns: "void" },
  vb_job_reset: { args: ["ptr"], returns: "void" },
  vb_job_cancel: { args: ["ptr"], returns: "void" },
  vb_job_progress: { args: ["ptr"], returns: "f64" },

  vb_decode: { args: ["ptr", "ptr", "ptr", "u64", "ptr", "ptr", "ptr"], returns: "i32" },
  vb_detect_language: { args: ["ptr", "ptr", "ptr", "u64", "i32", "ptr", "ptr", "ptr"], returns: "i32" },

  vb_media_open_memory: { args: ["ptr", "u64", "ptr", "ptr", "ptr"], returns: "i32" },
  vb_media_open_file: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  vb_media_read: { args: ["ptr", "i32", "ptr", "u64", "ptr", "ptr"], returns: "i32" },
  vb_media_repaired: { args: ["ptr"], returns: "u64" },
  vb_media_free: { args: ["ptr"], returns: "void" },

  vb_resampler_new: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  vb_resampler_push: { args: ["ptr", "ptr", "u64", "ptr", "u64"], returns: "i64" },
  vb_resampler_free: { args: ["ptr"], returns: "void" },
} as const satisfies Record<string, FFIFunction>;

export type Native = Library<typeof symbols>["symbols"];
