/**
 * Measures voice-activity detection: speed, the versions of Silero against each other, and the rules that make regions.
 *
 *   bun bench/vad.ts            prints the tables of bench/VAD.md
 *
 * There are no hand-made labels. On clean recordings of one speaker, loud frames (within 20 dB of the loud ones of that clip) are speech
 * and very quiet ones (40 dB below) are not; what is between is not counted. Noise is mixed in afterwards, so that labels stay what they were.
 * Parameters are chosen on every second clip (half A); what is reported is the other half (B).
 */
import { assetFile, assetFolder } from "../src/assets/assets.ts";
import { loadModel } from "../src/onnx/runtime.ts";
import { startDetector } from "../src/vad/detector.ts";
import { defaultRegions, regions } from "../src/vad/regions.ts";
import { HIDDEN, ROW_SAMPLES, sileroGraph } from "../src/vad/silero.ts";
import { FRAME_SAMPLES, type RegionOptions, type SpeechDetector } from "../src/vad/speech.ts";
import { benchClips, join, pcmOf, RATE } from "./clips.ts";
import { randomNumbers } from "./random.ts";

const silence = new Float32Array(2 * RATE);

interface Labelled {
  pcm: Float32Array;
  /** Per frame: 1 speech, 0 none, -1 not counted. */
  labels: Int8Array;
}

/** A clean clip between two stretches of silence, and what each of its frames is. */
function label(pcm: Float32Array): Labelled {
  const whole = join([silence, pcm, silence]);
  const levels = Array.from({ length: Math.floor(whole.length / FRAME_SAMPLES) }, (_, frame) => {
    let sum = 0;
    for (let i = frame * FRAME_SAMPLES; i < (frame + 1) * FRAME_SAMPLES; i++) sum += (whole[i] as number) ** 2;
    return 10 * Math.log10(sum / FRAME_SAMPLES + 1e-12);
  });
  const loud = [...levels].sort((a, b) => a - b)[Math.floor(levels.length * 0.9)] as number;
  const labels = Int8Array.from(levels, (level) => (level > loud - 20 ? 1 : level < loud - 40 ? 0 : -1));
  return { pcm: whole, labels };
}

function mix({ pcm, labels }: Labelled, noise: Float32Array, decibels: number, offset: number): Float32Array {
  const noiseAt = (i: number) => noise[(i + offset) % noise.length] as number;
  let speech = 0;
  let hum = 0;
  let counted = 0;
  for (const [frame, is] of labels.entries()) {
    if (is !== 1) continue;
    counted++;
    for (let i = frame * FRAME_SAMPLES; i < (frame + 1) * FRAME_SAMPLES; i++) speech += (pcm[i] as number) ** 2;
  }
  for (let i = 0; i < pcm.length; i++) hum += noiseAt(i) ** 2;
  const gain = Math.sqrt(speech / (counted * FRAME_SAMPLES) / (hum / pcm.length) / 10 ** (decibels / 10));
  return pcm.map((sample, i) => sample + gain * noiseAt(i));
}

/** The area under the curve of hits over false alarms: how often a frame of speech gets more than a frame without. */
function area(scores: { probability: number; speech: boolean }[]): number {
  scores.sort((a, b) => a.probability - b.probability);
  let ranks = 0;
  let positive = 0;
  for (const [rank, { speech }] of scores.entries()) {
    if (!speech) continue;
    ranks += rank + 1;
    positive++;
  }
  return (ranks - (positive * (positive + 1)) / 2) / (positive * (scores.length - positive));
}

function table(head: string[], rows: (string | number)[][]): void {
  console.log(`\n| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}`);
  for (const row of rows)
    console.log(`| ${row.map((cell) => (typeof cell === "number" ? cell.toFixed(3) : cell)).join(" | ")} |`);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Frames per second of one stream (a file) and of 32 live ones, published graph against ours. */
async function speed(pcm: Float32Array): Promise<void> {
  const file = await assetFile("vad", "silero_vad_v6.onnx").bytes();
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const published = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const ours = loadModel(assetFolder("onnxruntime"), sileroGraph(file));
  const micros = async (frames: number, run: () => unknown) => {
    const rounds = Math.ceil(6000 / frames);
    for (let i = 0; i < rounds / 4; i++) await run();
    const start = performance.now();
    for (let i = 0; i < rounds; i++) await run();
    return ((performance.now() - start) * 1000) / rounds / frames;
  };
  const rows = (count: number) => Float32Array.from({ length: count * ROW_SAMPLES }, (_, i) => pcm[i + RATE] as number);
  const theirs = (streams: number) => {
    const feeds = {
      input: new Tensor("float32", rows(streams), [streams, ROW_SAMPLES]),
      state: new Tensor("float32", new Float32Array(2 * streams * HIDDEN), [2, streams, HIDDEN]),
      sr: new Tensor("int64", BigInt64Array.of(16_000n), []),
    };
    return micros(streams, () => published.run(feeds));
  };
  const state = (streams: number): [Float32Array, ...number[]] => [
    new Float32Array(streams * HIDDEN),
    1,
    streams,
    HIDDEN,
  ];
  const own = (frames: number, streams: number) => {
    const inputs = {
      frames: [rows(frames * streams), frames * streams, ROW_SAMPLES],
      hidden: state(streams),
      cell: state(streams),
    } as const;
    const outputs = {
      probabilities: [new Float32Array(frames * streams), frames, 1, streams, 1],
      hiddenAfter: state(streams),
      cellAfter: state(streams),
    } as const;
    return micros(frames * streams, () => ours.run(inputs as never, outputs as never));
  };
  console.log("\nMicroseconds per frame of 32 ms, one thread:");
  const one = await theirs(1);
  const many = await theirs(32);
  const measured: [string, number, number][] = [
    ["one live stream", one, await own(1, 1)],
    ["32 live streams", many, await own(1, 32)],
    ["a file", one, await own(64, 1)],
  ];
  table(
    ["", "published graph", "ours", "ratio"],
    measured.map(([what, a, b]) => [what, a.toFixed(1), b.toFixed(1), (a / b).toFixed(1)]),
  );
  ours.close();
}

/** Noises by name: recorded ones without words, and two made here. */
function noises(): Map<string, Float32Array> {
  const random = randomNumbers(1);
  const white = Float32Array.from({ length: 10 * RATE }, () => 2 * random() - 1);
  let last = 0;
  const brown = white.map((sample) => {
    last = 0.98 * last + sample;
    return last;
  });
  const found = new Map<string, Float32Array>([
    ["white", white],
    ["brown", brown],
  ]);
  for (const clip of benchClips("nonspeech")) {
    const pcm = clip.seconds > 5 ? pcmOf(clip) : undefined;
    if (pcm) found.set(clip.path.replace(/^.*\/|\.\w+$/g, ""), pcm);
  }
  return found;
}

interface Heard extends Labelled {
  probabilities: Float32Array;
}

async function hear(detector: SpeechDetector, pcm: Float32Array, labels: Int8Array): Promise<Heard> {
  const stream = detector.open();
  const probabilities = await stream.push(pcm);
  stream.close();
  return { pcm, labels, probabilities };
}

function frameScores(heard: Heard[]): { probability: number; speech: boolean }[] {
  return heard.flatMap(({ labels, probabilities }) =>
    [...labels].flatMap((is, frame) =>
      is < 0 ? [] : [{ probability: probabilities[frame] as number, speech: is === 1 }],
    ),
  );
}

const levels = [20, 10, 5, 0];

async function hearAll(detector: SpeechDetector, half: Labelled[]): Promise<Map<string, Heard[]>> {
  const all = new Map<string, Heard[]>();
  const of = (pcms: Float32Array[]) =>
    Promise.all(pcms.map((pcm, i) => hear(detector, pcm, half[i]?.labels as Int8Array)));
  all.set("clean", await of(half.map(({ pcm }) => pcm)));
  for (const decibels of levels) {
    const heard: Heard[] = [];
    for (const noise of noises().values())
      heard.push(...(await of(half.map((one, i) => mix(one, noise, decibels, i * 7919)))));
    all.set(`${decibels} dB`, heard);
  }
  return all;
}

/** Shares of speech that regions leave out, and of everything that they keep; clips with speech and no region at all. */
function judge(heard: Heard[], options: RegionOptions) {
  let speech = 0;
  let lost = 0;
  let kept = 0;
  let total = 0;
  let none = 0;
  for (const { labels, probabilities } of heard) {
    const found = regions(probabilities, (labels.length * FRAME_SAMPLES) / RATE, options);
    if (found.length === 0) none++;
    const inside = new Uint8Array(labels.length);
    for (const { from, to } of found)
      inside.fill(1, Math.round((from * RATE) / FRAME_SAMPLES), Math.round((to * RATE) / FRAME_SAMPLES));
    for (const [frame, is] of labels.entries()) {
      total++;
      kept += inside[frame] as number;
      if (is !== 1) continue;
      speech++;
      if (!inside[frame]) lost++;
    }
  }
  return { lost: lost / speech, kept: kept / total, none };
}

const labelled = benchClips("librispeech_test_other", "ljspeech").flatMap((clip) => {
  const pcm = pcmOf(clip);
  return pcm ? [label(pcm)] : [];
});
const halves = [labelled.filter((_, i) => i % 2 === 0), labelled.filter((_, i) => i % 2 === 1)] as const;
await speed(labelled[0]?.pcm as Float32Array);

const heardBy = new Map<string, Map<string, Heard[]>[]>();
const wordless = benchClips("nonspeech").flatMap((clip) => {
  const pcm = pcmOf(clip);
  return pcm ? [{ clip, pcm }] : [];
});
const alarms: (string | number)[][] = wordless.map(({ clip }) => [clip.path, `${clip.seconds.toFixed(1)} s`]);
for (const version of ["v5", "v6"]) {
  const detector = await startDetector({ model: await assetFile("vad", `silero_vad_${version}.onnx`).bytes() });
  heardBy.set(version, [await hearAll(detector, halves[0]), await hearAll(detector, halves[1])]);
  for (const [i, { pcm }] of wordless.entries()) {
    const probabilities = await detector.open().push(pcm);
    const found = regions(probabilities, pcm.length / RATE);
    const seconds = found.reduce((sum, { from, to }) => sum + to - from, 0);
    alarms[i]?.push(`${seconds.toFixed(1)} s`, Math.max(0, ...probabilities));
  }
  await detector.close();
}

console.log("\nArea under the curve (1: every frame of speech scores above every other), half A / half B:");
table(
  ["", "v5", "v6"],
  ["clean", ...levels.map((decibels) => `${decibels} dB`)].map((condition) => [
    condition,
    ...["v5", "v6"].map((version) =>
      (heardBy.get(version) ?? []).map((half) => area(frameScores(half.get(condition) ?? [])).toFixed(4)).join(" / "),
    ),
  ]),
);
console.log("\nRecordings without words: seconds taken for speech and highest probability");
table(["", "", "v5 kept", "v5 highest", "v6 kept", "v6 highest"], alarms);

console.log("\nRules, half A, v6. lost: frames of speech outside all regions; kept: share of the audio in regions");
const [halfA, halfB] = heardBy.get("v6") as [Map<string, Heard[]>, Map<string, Heard[]>];
const conditions = ["clean", "10 dB", "0 dB"];
function row(half: Map<string, Heard[]>, options: RegionOptions): (string | number)[] {
  const { threshold, hysteresis, minSpeechMs, minSilenceMs, padMs } = options;
  return [
    `${threshold} ${hysteresis} ${minSpeechMs} ${minSilenceMs} ${padMs}`,
    ...conditions.flatMap((condition) => {
      const { lost, kept, none } = judge(half.get(condition) ?? [], options);
      return [percent(lost), percent(kept), `${none}`];
    }),
  ];
}
const head = [
  "threshold hysteresis speech silence pad",
  ...conditions.flatMap((one) => [`${one} lost`, "kept", "none"]),
];
const tried: Partial<RegionOptions>[] = [
  {},
  ...[0.2, 0.3, 0.5, 0.6].map((threshold) => ({ threshold })),
  ...[0.05, 0.25].map((hysteresis) => ({ hysteresis })),
  ...[32, 64, 250].map((minSpeechMs) => ({ minSpeechMs })),
  ...[96, 160, 500, 1000].map((minSilenceMs) => ({ minSilenceMs })),
  ...[0, 100, 200, 300].map((padMs) => ({ padMs })),
];
table(
  head,
  tried.map((change) => row(halfA, { ...defaultRegions, ...change })),
);
console.log("\nThe same rules on half B:");
table(head, [row(halfB, defaultRegions)]);
