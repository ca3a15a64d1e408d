/** A forced aligner as a second opinion on word times. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Edges } from "./edges.ts";
import type { Sound, TimedWord } from "./system.ts";
import { words } from "./wer.ts";

/** The recognised words that are the reference's, and which of them each is. */
export function sameWords(reference: readonly string[], got: readonly TimedWord[]): { at: number; word: TimedWord }[] {
  const flat = got.flatMap((word) => words(word.text).map((text) => ({ text, word })));
  // Longest common subsequence: wrong words fall out on both sides.
  const best = Array.from({ length: reference.length + 1 }, () => new Uint16Array(flat.length + 1));
  const cell = (i: number, j: number) => best[i]?.[j] as number;
  for (let i = reference.length - 1; i >= 0; i--)
    for (let j = flat.length - 1; j >= 0; j--)
      (best[i] as Uint16Array)[j] =
        reference[i] === flat[j]?.text ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
  const pairs: { at: number; word: TimedWord }[] = [];
  for (let i = 0, j = 0; i < reference.length && j < flat.length; ) {
    const own = flat[j];
    if (own && reference[i] === own.text) {
      // A recognised word that stands for several ("1906") has no edge inside: only whole ones count.
      if (flat.filter(({ word }) => word === own.word).length === 1) pairs.push({ at: i, word: own.word });
      i++;
      j++;
    } else if (cell(i + 1, j) >= cell(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

/** Where every word of each reference is, by CMU Sphinx; nothing for a sound with words that it does not know, or when there is no Python. */
export async function aligned(sounds: readonly Sound[]): Promise<(Edges[] | undefined)[] | undefined> {
  const folder = join(import.meta.dir, "../build/peers/aligner");
  const system = Bun.which("python3");
  if (!system) return undefined;
  const python = join(folder, "bin/python");
  const run = (...command: string[]) => Bun.spawnSync(command, { stdio: ["ignore", "ignore", "inherit"] }).success;
  if (!existsSync(python)) run(system, "-m", "venv", folder);
  if (!run(python, "-m", "pip", "install", "--quiet", "pocketsphinx==5.0.4")) return undefined;
  const lines = sounds.map(({ file, reference }) => JSON.stringify({ file, words: words(reference) }));
  const answer = Bun.spawnSync([python, join(import.meta.dir, "forced_align.py")], {
    stdin: Buffer.from(`${lines.join("\n")}\n`),
    stderr: "inherit",
  });
  return answer.stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as [number, number][] | null)?.map(([from, to]) => ({ from, to })));
}
