/** Where transcripts go: beside each other in a folder, whole or not at all. */
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { VerbatimError } from "../../error.ts";
import type { Format } from "./formats.ts";
import { STDIN } from "./inputs.ts";

/** The paths of each input's outputs, one per format; refuses when two would be the same. */
export function planOutputs(
  inputs: readonly string[],
  formats: readonly Format[],
  folder: string,
): Map<string, string[]> {
  const bare = inputs.map((input) => stem(input));
  const taken = new Map<string, string>();
  return new Map(
    inputs.map((input, i) => {
      // a.wav and a.mp3 keep their endings: a.wav.txt, a.mp3.txt.
      const name = bare.indexOf(bare[i] ?? "") === bare.lastIndexOf(bare[i] ?? "") ? (bare[i] ?? "") : basename(input);
      const paths = formats.map(({ extension }) => join(folder, `${name}.${extension}`));
      for (const path of paths) {
        const other = taken.get(path);
        if (other !== undefined)
          throw new VerbatimError("bad-parameter", `${other} and ${input} would both be written to ${path}.`);
        taken.set(path, input);
      }
      return [input, paths];
    }),
  );
}

function stem(input: string): string {
  return input === STDIN ? "stdin" : basename(input, extname(input));
}

/** Makes sure, before any work is done, that files can be written there. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw new VerbatimError("bad-parameter", `Nothing can be written to ${folder} (${code}).`, { cause });
  }
}

/** Whether there is nothing left to do for these outputs. */
export function areWritten(paths: readonly string[]): boolean {
  return paths.every((path) => existsSync(path));
}

/** Writes a file so that nobody ever sees a part of it. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.part`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw new VerbatimError("internal", `${path} cannot be written (${code}).`, { cause });
  }
}
