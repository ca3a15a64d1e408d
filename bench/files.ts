/**
 * Files, side by side: our server, whisper.cpp's own server on the same weights, and faster-whisper.
 *
 *   bun bench/files.ts [options]      parts: short, long, accuracy, wordless
 *
 * short     clips, one client and four, text only and with words: speed, latency
 * long      one file of more than ten minutes
 * accuracy  word error rate over three sets, with intervals
 * wordless  recordings and sounds without words: what is written all the same
 */
import { writeFileSync } from "node:fs";
import { accuracy } from "./accuracy.ts";
import { openBench, usage } from "./options.ts";
import { percent, seconds, table } from "./report.ts";
import { clipSounds, longSound, wordlessSounds } from "./sounds.ts";
import { type Load, type Mode, measure, type Run, type Sound } from "./system.ts";
import { rate, score } from "./wer.ts";

if (process.argv.includes("--help")) {
  console.log(`bun bench/files.ts [options]      parts: short, long, accuracy, wordless\n${usage}`);
  process.exit(0);
}

const { machine, systems, parts, json, clips, scratch } = await openBench(["short", "long", "accuracy", "wordless"]);
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.class}`);
const results: Record<string, unknown> = { machine, when: new Date().toISOString() };

/** Everybody in turn under one load. Only its plain text has a version without timestamps that whisper.cpp's server could be asked for. */
async function sideBySide(sounds: readonly Sound[], load: Load): Promise<Run[]> {
  const runs: Run[] = [];
  for (const system of systems) {
    if (load.mode === "words" && system.name.endsWith("no timestamps")) continue;
    console.error(`${system.name}: ${sounds.length} × ${load.mode}, ${load.clients} clients`);
    runs.push(await measure(system, sounds, load));
  }
  return runs;
}

const wer = (run: Run, sounds: readonly Sound[]) =>
  rate(sounds.map(({ reference }, i) => score(reference, run.replies[i]?.text ?? "")));

function speedTable(rows: { run: Run; sounds: readonly Sound[] }[]): void {
  const ours = (load: Load) =>
    rows.find(
      ({ run }) => run.system === "verbatim" && run.load.mode === load.mode && run.load.clients === load.clients,
    );
  table(
    ["", "clients", "", "× real time", "ours is", "latency median", "95 %", "WER", "decoded again"],
    rows.map(({ run, sounds }) => {
      const { mode, clients } = run.load;
      const own = ours(run.load)?.run.speed;
      const { decodes = 0, again = 0 } = run.remarks;
      return [
        run.system,
        String(clients),
        mode,
        run.speed.toFixed(1),
        own === undefined || run.system === "verbatim" ? "" : `${(own / run.speed).toFixed(2)} ×`,
        seconds(run.latency),
        seconds(run.latency95),
        percent(wer(run, sounds), 2),
        run.system === "verbatim" ? `${again} of ${decodes}` : "",
      ];
    }),
  );
}

const modes: Mode[] = ["text", "words"];
const summary = ({ run, sounds }: { run: Run; sounds: readonly Sound[] }) => ({
  ...run,
  replies: undefined,
  wer: wer(run, sounds),
});

if (parts.has("short")) {
  const sounds = await clipSounds(scratch, clips, "librispeech_test_other");
  const rows: { run: Run; sounds: Sound[] }[] = [];
  for (const mode of modes)
    for (const clients of [1, 4])
      for (const run of await sideBySide(sounds, { mode, clients, long: false })) rows.push({ run, sounds });
  const total = sounds.reduce((sum, one) => sum + one.seconds, 0);
  console.log(`\n## Short clips: ${sounds.length} of LibriSpeech test-other, ${total.toFixed(0)} s`);
  speedTable(rows);
  results.short = rows.map(summary);
}

if (parts.has("long")) {
  const sounds = [await longSound(scratch, clips)];
  const rows: { run: Run; sounds: Sound[] }[] = [];
  for (const mode of modes)
    for (const run of await sideBySide(sounds, { mode, clients: 1, long: true })) rows.push({ run, sounds });
  console.log(`\n## One file of ${((sounds[0]?.seconds ?? 0) / 60).toFixed(1)} minutes`);
  speedTable(rows);
  results.long = rows.map(summary);
}

if (parts.has("accuracy")) {
  const sounds = await clipSounds(scratch, clips, "librispeech_test_other", "ljspeech", "longform");
  const short = sounds.filter((one) => one.seconds <= 30);
  const long = sounds.filter((one) => one.seconds > 30);
  const runs = new Map<string, { sound: Sound; text: string }[]>();
  for (const [some, isLong] of [
    [short, false],
    [long, true],
  ] as const)
    for (const run of await sideBySide(some, { mode: "text", clients: isLong ? 1 : 4, long: isLong }))
      for (const [i, sound] of some.entries())
        runs.set(run.system, [...(runs.get(run.system) ?? []), { sound, text: run.replies[i]?.text ?? "" }]);
  console.log("\n## Word error rate: LibriSpeech test-other, LJ Speech and a long reading");
  results.accuracy = accuracy(runs);
}

if (parts.has("wordless")) {
  const sounds = (await wordlessSounds(scratch)).slice(0, clips);
  const runs = await sideBySide(sounds, { mode: "text", clients: 1, long: false });
  console.log("\n## Nobody speaks: the text that came all the same");
  table(
    ["", "reference", ...runs.map(({ system }) => system)],
    sounds.map(({ name, reference }, i) => [
      name,
      reference === "" ? "nothing" : "unknown",
      ...runs.map(({ replies }) => replies[i]?.text.trim().replaceAll("\n", " ") ?? ""),
    ]),
  );
  results.wordless = sounds.map(({ name }, i) => ({
    name,
    ...Object.fromEntries(runs.map(({ system, replies }) => [system, replies[i]?.text.trim()])),
  }));
}

if (json) writeFileSync(json, `${JSON.stringify(results, null, 1)}\n`);
