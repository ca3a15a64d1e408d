/** The models' bytes, checked. */
import { join } from "node:path";
import { assetFile } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import type { ModelFile } from "./words.ts";

/** Reads one model from a folder, or from where the installation has it; throws `model-missing` when it is not there or another one. */
export async function readModel({ file, sha256 }: ModelFile, folder?: string): Promise<Uint8Array> {
  const source = folder === undefined ? assetFile("wakeword", file) : Bun.file(join(folder, file));
  if (!(await source.exists())) {
    const where =
      folder === undefined ? "Name a folder that has it in wakeword.models-dir." : `${folder} does not have it.`;
    throw new VerbatimError("model-missing", `Wake words need openWakeWord's ${file}. ${where}`);
  }
  const bytes = await source.bytes();
  if (new Bun.CryptoHasher("sha256").update(bytes).digest("hex") !== sha256)
    throw new VerbatimError("model-missing", `openWakeWord's ${file} is not the version 0.1 that was published.`);
  return bytes;
}
