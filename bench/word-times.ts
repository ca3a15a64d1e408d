/**
 * How far word times are from the truth.
 *
 *   bun bench/word-times.ts [options]      parts: single, joined, sentences, aligner
 *
 * single     clips of one spoken letter or digit: its edges are where the sound rises above the noise
 * joined     the same clips with silences of known length between them
 * sentences  whole sentences with silences between them: start of the first word of each, end of the last
 * aligner    every word of read sentences, against a forced aligner (CMU Sphinx), where Python is at hand
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { aligned, sameWords } from "./aligner.ts";
import { RATE, wavOf } from "./clips.ts";
import { type Edges, type Errors, errorsOf } from "./edges.ts";
import { openBench, usage } from "./options.ts";
import { chunks, joinPieces, pieces } from "./pieces.ts";
import { randomNumbers } from "./random.ts";
import { median, percent, quantile, table } from "./report.ts";
import { clipSounds } from "./sounds.ts";
import { measure, type Run, type Sound } from "./system.ts";
import { words } from "./wer.ts";

if (process.argv.includes("--help")) {
  console.log(`bun bench/word-times.ts [options]      parts: single, joined, sentences, aligner\n${usage}`);
  process.exit(0);
}

const { machine, systems, parts, json, clips, scratch } = await openBench(["single", "joined", "sentences", "aligner"]);
const asked = systems.filter(({ name }) => !name.endsWith("no timestamps"));
const results: Record<string, unknown> = { machine, when: new Date().toISOString() };

async function askAll(sounds: readonly Sound[]): Promise<Run[]> {
  const runs: Run[] = [];
  for (const system of asked) {
    console.error(`${system.name}: ${sounds.length} files`);
    runs.push(await measure(system, sounds, { mode: "words", clients: 2, long: false }));
  }
  return runs;
}

function errorTable(name: string, rows: { system: string; errors: Errors }[]): void {
  const ms = (value: number) => `${Math.round(1000 * value)} ms`;
  const cells = (errors: number[]) => {
    const sizes = errors.map(Math.abs);
    return [
      ms(median(sizes)),
      ms(quantile(sizes, 0.9)),
      ms(median(errors)),
      percent(sizes.filter((size) => size <= 0.1).length / sizes.length),
    ];
  };
  table(
    ["", "start: median", "90 %", "bias", "within 100 ms", "end: median", "90 %", "bias", "within 100 ms", "missing"],
    rows.map(({ system, errors }) => [system, ...cells(errors.starts), ...cells(errors.ends), String(errors.missing)]),
  );
  results[name] = rows;
}

/** Errors of one system over files whose words are known by their edges. */
function judge(run: Run, truths: readonly Edges[][]): Errors {
  const all: Errors = { starts: [], ends: [], missing: 0 };
  for (const [i, truth] of truths.entries()) {
    const { starts, ends, missing } = errorsOf(run.replies[i]?.words ?? [], truth);
    all.starts.push(...starts);
    all.ends.push(...ends);
    all.missing += missing;
  }
  return all;
}

async function save(name: string, pcm: Float32Array): Promise<Sound> {
  const file = join(scratch, `${name}.wav`);
  const bytes = wavOf(pcm);
  await Bun.write(file, bytes);
  return { name, file, bytes, seconds: pcm.length / RATE, reference: "" };
}

async function judgePieces(name: string, title: string, files: { pcm: Float32Array; truth: Edges[] }[]): Promise<void> {
  const sounds = await Promise.all(files.map(({ pcm }, i) => save(`${name}-${i}`, pcm)));
  const runs = await askAll(sounds);
  console.log(`\n## ${title}`);
  errorTable(
    name,
    runs.map((run) => ({
      system: run.system,
      errors: judge(
        run,
        files.map(({ truth }) => truth),
      ),
    })),
  );
}

if (parts.has("single")) {
  const files = pieces("alphanumeric").map(({ pcm, edges }) => ({ pcm, truth: [edges] }));
  await judgePieces("single", `One word: ${files.length} clips of a letter or digit`, files);
}

if (parts.has("joined")) {
  const random = randomNumbers(5);
  const files = chunks(pieces("alphanumeric"), 6).map((some) => joinPieces(some, 0.3, 1, random));
  await judgePieces("joined", `Six words with 0.3 to 1 s of silence between them: ${files.length} files`, files);
}

if (parts.has("sentences")) {
  const random = randomNumbers(6);
  const files = chunks(pieces("librispeech_test_other", "ljspeech"), 3).map((some) => joinPieces(some, 0.6, 2, random));
  await judgePieces(
    "sentences",
    `Three sentences with 0.6 to 2 s of silence between them: ${files.length} files`,
    files,
  );
}

if (parts.has("aligner")) {
  const sounds = await clipSounds(scratch, clips, "librispeech_test_other", "ljspeech");
  const truths = await aligned(sounds);
  if (!truths) console.error("The aligner is left out: there is no Python here, or pocketsphinx cannot be installed.");
  else {
    const known = sounds.filter((_, i) => truths[i]);
    const spans = truths.filter((truth) => truth !== undefined);
    const runs = await askAll(known);
    console.log(`\n## Every word of ${known.length} sentences, against a forced aligner`);
    errorTable(
      "aligner",
      runs.map((run) => {
        const errors: Errors = { starts: [], ends: [], missing: 0 };
        for (const [i, truth] of spans.entries()) {
          const reference = words(known[i]?.reference ?? "");
          const pairs = sameWords(reference, run.replies[i]?.words ?? []);
          errors.missing += reference.length - pairs.length;
          for (const { at, word } of pairs) {
            errors.starts.push(word.from - (truth[at]?.from ?? Number.NaN));
            errors.ends.push(word.to - (truth[at]?.to ?? Number.NaN));
          }
        }
        return { system: run.system, errors };
      }),
    );
  }
}

if (json) writeFileSync(json, `${JSON.stringify(results, null, 1)}\n`);
