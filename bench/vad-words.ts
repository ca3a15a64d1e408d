/**
 * What the rules of the voice-activity detection cost in words: every clip is decoded whole, and again with only the regions that the rules
 * keep (silences between them cut to half a second, as the recognizer does).
 *
 *   bun bench/vad-words.ts [MODEL]     prints the last table of bench/VAD.md
 *
 * Rules are chosen on every second clip (half A) and reported on the others (half B).
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { openModel } from "../src/native/model.ts";
import { decode, newState } from "../src/native/state.ts";
import { startDetector } from "../src/vad/detector.ts";
import { defaultRegions, regions } from "../src/vad/regions.ts";
import type { RegionOptions } from "../src/vad/speech.ts";
import { benchClips, join as joinPcm, pcmOf, RATE } from "./clips.ts";
import { percent, table } from "./report.ts";
import { rate, type Score, score } from "./wer.ts";

const sets = [
  ...[
    "librispeech_test_other",
    "librispeech_misc",
    "ljspeech",
    "speechbrain_asr",
    "pocketsphinx_librivox",
    "asterisk_en",
  ],
  ...["google_samples", "alphanumeric", "picovoice_stt", "wakewords_picovoice", "wakewords_misc", "derived"],
];

/** What is left of a clip, with the silences between regions as long as they were or half a second. */
function keep(pcm: Float32Array, probabilities: Float32Array, options: RegionOptions): Float32Array {
  const cut = (from: number, to: number) => pcm.subarray(Math.round(from * RATE), Math.round(to * RATE));
  const parts: Float32Array[] = [];
  let last: number | undefined;
  for (const { from, to } of regions(probabilities, pcm.length / RATE, options)) {
    if (last !== undefined && from - last <= 0.5) parts.push(cut(last, from));
    else if (last !== undefined) parts.push(cut(last, last + 0.25), cut(from - 0.25, from));
    parts.push(cut(from, to));
    last = to;
  }
  return joinPcm(parts);
}

const model = openModel(process.argv[2] ?? join(homedir(), ".cache/verbatim/models/ggml-base.en-q8_0.bin"));
const state = newState(model);

function textOf(pcm: Float32Array): string {
  // Shorter than a tenth of a second is refused.
  if (pcm.length < RATE / 10) return "";
  // Positions of 20 ms: the audio and a margin as large as the recognizer's largest.
  const audioContext = Math.min(1500, 64 * Math.ceil((50 * (pcm.length / RATE) + 640) / 64));
  return JSON.parse(new TextDecoder().decode(decode(state, null, pcm, { threads: 2, audioContext }))).text;
}

const rules: [name: string, change: Partial<RegionOptions> | undefined][] = [
  ["all of the audio", undefined],
  ["as chosen", {}],
  ["threshold 0.3", { threshold: 0.3 }],
  ["threshold 0.5", { threshold: 0.5 }],
  ["pad 200 ms", { padMs: 200 }],
  ["pad 100 ms", { padMs: 100 }],
  ["least speech 250 ms", { minSpeechMs: 250 }],
];

const detector = await startDetector();
const results = rules.map(() => [[] as Score[], [] as Score[]] as const);
const kept = rules.map(() => 0);
const clips = benchClips(...sets).filter(
  ({ transcript, lang, seconds }) => transcript && lang === "en" && seconds < 29,
);
for (const [i, clip] of clips.entries()) {
  const pcm = pcmOf(clip);
  if (!pcm) continue;
  const stream = detector.open();
  const probabilities = await stream.push(pcm);
  stream.close();
  for (const [r, [, change]] of rules.entries()) {
    const own = change ? keep(pcm, probabilities, { ...defaultRegions, ...change }) : pcm;
    kept[r] = (kept[r] ?? 0) + own.length / RATE;
    results[r]?.[i % 2 === 0 ? 0 : 1].push(score(clip.transcript ?? "", textOf(own)));
  }
  if (i % 20 === 19) console.error(`${i + 1} of ${clips.length}`);
}
await detector.close();
table(
  ["", "WER half A", "WER half B", "kept"],
  rules.map(([name], r) => [
    name,
    percent(rate(results[r]?.[0] ?? []), 2),
    percent(rate(results[r]?.[1] ?? []), 2),
    percent((kept[r] ?? 0) / (kept[0] ?? 1)),
  ]),
);
