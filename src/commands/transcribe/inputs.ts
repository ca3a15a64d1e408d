/** Which files are meant by the command line's words. */
import { statSync } from "node:fs";
import type { MediaSource } from "../../audio/media.ts";
import { VerbatimError } from "../../error.ts";

/** The word that stands for standard input. */
export const STDIN = "-";

/** Names of files in the order they were given, each once; those that a pattern finds in alphabetical order. */
export function findInputs(words: readonly string[]): string[] {
  return [...new Set(words.flatMap((word) => (isPattern(word) ? expand(word) : [word])))];
}

/** A file as the recognizer takes it; standard input is read to its end. */
export async function openInput(name: string): Promise<MediaSource> {
  if (name === STDIN) return { bytes: new Uint8Array(await Bun.stdin.arrayBuffer()) };
  const found = statSync(name, { throwIfNoEntry: false });
  if (found === undefined) throw new VerbatimError("not-found", "There is no such file.");
  if (found.isDirectory())
    throw new VerbatimError("bad-audio", `This is a folder. Name files, or a pattern such as "${name}/*".`);
  return { path: name };
}

/** What a shell has left as it is, because it was quoted or the shell knows no patterns. A file of that very name comes first. */
function isPattern(word: string): boolean {
  return /[*?[\]{}]/.test(word) && statSync(word, { throwIfNoEntry: false }) === undefined;
}

function expand(pattern: string): string[] {
  const found = [...new Bun.Glob(pattern).scanSync({ onlyFiles: true })].sort();
  if (found.length === 0) throw new VerbatimError("bad-parameter", `No file fits ${pattern}.`);
  return found;
}
