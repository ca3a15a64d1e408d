/** Secrets that stand in files of their own, so that they need not be in arguments or variables. */
import { readFileSync } from "node:fs";
import { VerbatimError } from "../error.ts";
import type { Settings } from "./table.ts";

/** The keys clients may present: those of `api-keys` and of `api-keys-file`. Empty when none is wanted. */
export function readApiKeys({ apiKeys, apiKeysFile }: Pick<Settings, "apiKeys" | "apiKeysFile">): string[] {
  if (!apiKeysFile) return [...new Set(apiKeys)];
  const keys = readSecretFile(apiKeysFile, "api-keys-file")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  // Meant to protect the server: an empty file must not open it.
  if (keys.length === 0)
    throw new VerbatimError("bad-parameter", `The file ${apiKeysFile} (api-keys-file) holds no key.`, {
      parameter: "api-keys-file",
    });
  return [...new Set([...apiKeys, ...keys])];
}

/** The Hugging Face token, from its setting or its file. */
export function readHfToken({ hfToken, hfTokenFile }: Pick<Settings, "hfToken" | "hfTokenFile">): string | undefined {
  if (hfToken || !hfTokenFile) return hfToken;
  return readSecretFile(hfTokenFile, "hf-token-file").trim() || undefined;
}

function readSecretFile(path: string, parameter: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw new VerbatimError("bad-parameter", `The file ${path} (${parameter}) cannot be read (${code}).`, {
      parameter,
      cause: thrown,
    });
  }
}
