/**
 * Live sessions under load: so many streams of speech at the pace at which it was spoken, and so many of room noise.
 *
 *   bun bench/live.ts [options]
 *
 * The sessions run in this process, over engine processes and a VAD thread, as in a server. What pushes and reads them runs here too: how late
 * its frames are pushed is printed, for that is how long the event loop was busy with something else.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { wavOf } from "./clips.ts";
import {
  type ClipFigures,
  clipFigures,
  type LatencyFigures,
  latencyFigures,
  referenceOf,
  streamScore,
} from "./live-figures.ts";
import { type Bench, loopOf, openLiveBench, pace, sourceOf } from "./live-load.ts";
import { roomNoise, type Speech, streamsOfSpeech } from "./live-speech.ts";
import { type Usage, watchUsage } from "./live-usage.ts";
import { machine } from "./machine.ts";
import { percent, table } from "./report.ts";
import { rate, type Score, score } from "./wer.ts";

const usage = `bun bench/live.ts [options]

  --streams LIST     numbers of streams that speak, with commas (default 1,4,8,12; 0: none)
  --silent N         and then so many streams of room noise (default 0)
  --seconds N        length of each stream (default 60)
  --endpointing MS   silence that ends an utterance (default 300)
  --gap SECONDS      between two clips of a stream (default 1.5)
  --gap-noise DB     white noise at so many decibels below full scale in the gaps (default -65; off: digital silence)
  --interim MS       new speech between two partials; off: no partials (default: the session's)
  --no-files         leave the same audio as files out
  --model MODEL      an installed model's id, or a path
  --trace FILE       write every decode to a file, one JSON object a line
  --json FILE        also write everything as JSON`;

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "1,4,8,12" },
    silent: { type: "string", default: "0" },
    seconds: { type: "string", default: "60" },
    endpointing: { type: "string", default: "300" },
    gap: { type: "string", default: "1.5" },
    "gap-noise": { type: "string", default: "-65" },
    interim: { type: "string" },
    "no-files": { type: "boolean", default: false },
    model: { type: "string" },
    trace: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

/** Milliseconds beyond the endpointing silence, from the end that the VAD heard, that the 95th percentile may have. */
const LIMIT = 500;

const counts = values.streams.split(",").map(Number).filter(Boolean);
const seconds = Number(values.seconds);
const endpointing = Number(values.endpointing);
const options = {
  endpointing,
  ...(values.interim === undefined
    ? {}
    : { interim: values.interim === "off" ? (false as const) : Number(values.interim) }),
};

interface Row extends LatencyFigures {
  streams: number;
  wer: number;
  fileWer?: number;
  usage: Usage;
  /** Milliseconds: how late frames were pushed, and how long the VAD took to answer. */
  lateness: { p50: number; p99: number; most: number };
  vadLag: { p50: number; p95: number; p99: number; most: number };
  decodes: Record<string, { count: number; median: number; p95: number }>;
}

const whole = (value: number) => (Number.isFinite(value) ? value.toFixed(0) : "–");
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

async function speak(bench: Bench, speeches: readonly Speech[]): Promise<{ row: Row; scores: Score[] }> {
  bench.vadLags.clear();
  bench.decodes.length = 0;
  const stop = watchUsage(bench.enginePids);
  const { arrivals, lateness } = await pace(
    bench,
    speeches.map(({ pcm }) => sourceOf(pcm)),
    options,
  );
  const used = stop();
  const figures: ClipFigures[] = speeches.flatMap((speech, i) => clipFigures(speech, arrivals[i] ?? []));
  const scores = speeches.map((speech, i) => streamScore(speech, arrivals[i] ?? []));
  if (values.trace) writeTrace(values.trace, bench);
  return {
    scores,
    row: {
      streams: speeches.length,
      ...latencyFigures(figures, endpointing),
      wer: rate(scores),
      ...common(bench, used, lateness),
    },
  };
}

function common({ vadLags, decodes }: Bench, used: Usage, lateness: Bench["vadLags"]) {
  const byLane = Map.groupBy(decodes, ({ lane }) => lane);
  return {
    usage: used,
    lateness: { p50: lateness.quantile(0.5), p99: lateness.quantile(0.99), most: lateness.most },
    vadLag: {
      p50: vadLags.quantile(0.5),
      p95: vadLags.quantile(0.95),
      p99: vadLags.quantile(0.99),
      most: vadLags.most,
    },
    decodes: Object.fromEntries(
      [...byLane].map(([lane, all]) => {
        const took = all.map((one) => one.took).sort((a, b) => a - b);
        const at = (share: number) => took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? 0;
        return [lane, { count: all.length, median: at(0.5), p95: at(0.95) }];
      }),
    ),
  };
}

function writeTrace(file: string, { decodes }: Bench): void {
  writeFileSync(file, decodes.map((one) => `${JSON.stringify(one)}\n`).join(""), { flag: "a" });
}

async function asFile({ recognizer, model }: Bench, { pcm, spoken }: Speech): Promise<Score> {
  const wanted = { model, task: "transcribe", words: true, segments: true, channels: "mono", client: "file" } as const;
  for await (const event of recognizer.transcribe({ bytes: wavOf(pcm) }, wanted)) {
    if (event.type !== "transcript") continue;
    const segments = event.transcript.channels.flatMap((channel) => channel.segments);
    return score(referenceOf(spoken), segments.map(({ text }) => text).join(" "));
  }
  throw new Error("The recognizer ended without a transcript.");
}

const bench = await openLiveBench(values.model);
const here = machine("native");
console.log(`${here.cpu}, ${here.cores} cores, ${here.class}; ${bench.model.id}; endpointing ${endpointing} ms`);
const results: Record<string, unknown> = { machine: here, when: new Date().toISOString(), options, seconds };
try {
  const gapNoise = values["gap-noise"] === "off" ? undefined : Number(values["gap-noise"]);
  const speeches = streamsOfSpeech(Math.max(0, ...counts), { seconds, gap: Number(values.gap), gapNoise });
  // One decode before the clock starts: the first one of a process is slower.
  if (speeches[0]) await asFile(bench, { pcm: speeches[0].pcm.subarray(0, 160_000), spoken: [] });
  const rows: Row[] = [];
  for (const count of counts) {
    console.error(`${count} streams, ${seconds} s`);
    const { row } = await speak(bench, speeches.slice(0, count));
    rows.push(row);
  }
  if (rows.length > 0) tellSpeech(rows);
  if (!values["no-files"] && rows.length > 0) {
    console.error("the same audio as files");
    const scores: Score[] = [];
    for (const speech of speeches) scores.push(await asFile(bench, speech));
    for (const row of rows) row.fileWer = rate(scores.slice(0, row.streams));
    table(
      ["streams", "WER live", "WER as files"],
      rows.map(({ streams, wer, fileWer = 0 }) => [`${streams}`, percent(wer, 2), percent(fileWer, 2)]),
    );
  }
  results.speech = rows;
  const silent = Number(values.silent);
  if (silent > 0) results.silent = await hearNoise(bench, silent);
} finally {
  await bench.close();
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);

function tellSpeech(rows: readonly Row[]): void {
  console.log(
    "\nMilliseconds from the end of speech, which is the last frame of 20 ms within 40 dB of the clip's loudest (median / 95 %):",
  );
  table(
    [
      "streams",
      "clips",
      "to the final",
      "beyond endpointing",
      "of clips that end quietly",
      "from the VAD's end",
      "endpoint to final",
      "lost",
    ],
    rows.map((row) => [
      `${row.streams}`,
      `${row.clips}`,
      `${whole(row.median)} / ${whole(row.p95)}`,
      `${whole(row.beyondMedian)} / ${whole(row.beyondP95)}`,
      `${whole(row.quietMedian)} / ${whole(row.quietP95)} (${row.quietClips})`,
      `${whole(row.heardMedian)} / ${whole(row.heardP95)}`,
      `${whole(row.decodeMedian)} / ${whole(row.decodeP95)}`,
      `${row.lost}`,
    ]),
  );
  table(
    ["streams", "first partial", "cadence", "WER", "cores: server", "engine", "memory", "VAD answers", "frames late"],
    rows.map((row) => [
      `${row.streams}`,
      `${whole(row.firstPartial)} / ${whole(row.firstPartial95)}`,
      whole(row.cadence),
      percent(row.wer, 2),
      row.usage.server.toFixed(2),
      row.usage.engines.toFixed(2),
      `${megabytes(row.usage.memory)} MB`,
      `${row.vadLag.p50.toFixed(1)} / ${row.vadLag.p99.toFixed(1)}`,
      `${row.lateness.p50.toFixed(1)} / ${row.lateness.p99.toFixed(1)}`,
    ]),
  );
  table(
    ["streams", "lane", "decodes", "took, waiting included (median / 95 %)"],
    rows.flatMap((row) =>
      Object.entries(row.decodes).map(([lane, { count, median, p95 }]) => [
        `${row.streams}`,
        lane,
        `${count}`,
        `${whole(median)} / ${whole(p95)}`,
      ]),
    ),
  );
  const kept = rows.filter(({ heardP95 }) => heardP95 <= LIMIT).map(({ streams }) => streams);
  console.log(
    kept.length > 0
      ? `\nOf these, ${Math.max(...kept)} streams keep the 95th percentile within ${LIMIT} ms beyond the endpointing.`
      : `\nNone of these keeps the 95th percentile within ${LIMIT} ms beyond the endpointing.`,
  );
}

async function hearNoise(silence: Bench, count: number): Promise<unknown> {
  console.error(`${count} streams of room noise, ${seconds} s`);
  silence.vadLags.clear();
  silence.decodes.length = 0;
  const noise = roomNoise();
  const stop = watchUsage(silence.enginePids);
  const sources = Array.from({ length: count }, (_, i) => loopOf(noise, seconds, 97 * i));
  const { arrivals, lateness } = await pace(silence, sources, options);
  const row = { streams: count, ...common(silence, stop(), lateness) };
  const words = arrivals.flat().filter(({ event }) => event.type === "final" && event.text !== "").length;
  console.log(`\n${count} streams of room noise for ${seconds} s`);
  table(
    [
      "streams",
      "VAD answers, ms (median / 95 / 99 % / worst)",
      "frames late, ms (median / 99 %)",
      "cores: server",
      "engine",
      "memory",
      "of it server",
      "finals with words",
    ],
    [
      [
        `${count}`,
        `${row.vadLag.p50.toFixed(1)} / ${row.vadLag.p95.toFixed(1)} / ${row.vadLag.p99.toFixed(1)} / ${whole(row.vadLag.most)}`,
        `${row.lateness.p50.toFixed(1)} / ${row.lateness.p99.toFixed(1)}`,
        row.usage.server.toFixed(2),
        row.usage.engines.toFixed(2),
        `${megabytes(row.usage.memory)} MB`,
        `${megabytes(row.usage.serverMemory)} MB`,
        `${words}`,
      ],
    ],
  );
  return row;
}
