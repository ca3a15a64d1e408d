/**
 * Measures the wake words: which recordings are heard, how often other speech is taken for one, and what it costs.
 *
 *   bun bench/wakeword.ts       prints the tables of bench/WAKEWORDS.md
 *
 * The scores of every frame are taken once, and each sensitivity decides on them as the detector does. Nothing is fitted to these recordings:
 * the threshold is openWakeWord's own at sensitivity 0.5, and `thresholdOf` says it for the others. Scores hang on where the frames of 80 ms
 * begin, so everything is heard four times, a quarter of a frame later each time.
 */
import { assetFolder } from "../src/assets/assets.ts";
import { loadModel } from "../src/onnx/runtime.ts";
import { startWakeWords } from "../src/wakeword/detector.ts";
import { EMBEDDING_SIZE, Features, FRAME_SAMPLES, quietRoom, WINDOW } from "../src/wakeword/features.ts";
import { Hearing, thresholdOf } from "../src/wakeword/hearing.ts";
import { readModel } from "../src/wakeword/models.ts";
import { classifierOf, EMBEDDING, MEL, WAKE_WORDS, type WakeWord } from "../src/wakeword/words.ts";
import { benchClips, join, pcmOf, RATE } from "./clips.ts";
import { table } from "./report.ts";

const SENSITIVITIES = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9];

const runtime = assetFolder("onnxruntime");
const models = {
  mel: loadModel(runtime, await readModel(MEL)),
  embedding: loadModel(runtime, await readModel(EMBEDDING)),
};
const quiet = quietRoom(models);
const classifiers = await Promise.all(
  WAKE_WORDS.map(async (word) => {
    const { input, output, ...file } = classifierOf(word);
    return { word, input, output, model: loadModel(runtime, await readModel(file)) };
  }),
);

type Scores = Record<WakeWord, number[]>;

/** Every word's score in every frame of some audio. */
function scoresOf(pcm: Float32Array): Scores {
  const features = new Features(models, quiet);
  const scores = Object.fromEntries(WAKE_WORDS.map((word) => [word, [] as number[]])) as Scores;
  const score = new Float32Array(1);
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    features.push(pcm.subarray(at, at + FRAME_SAMPLES));
    for (const { word, input, output, model } of classifiers) {
      model.run({ [input]: [features.window, 1, WINDOW, EMBEDDING_SIZE] }, { [output]: [score, 1, 1] });
      scores[word].push(score[0] as number);
    }
  }
  return scores;
}

/** How often a word is told. */
function count(scores: readonly number[], sensitivity: number): number {
  const hearing = new Hearing({ threshold: thresholdOf(sensitivity), debounce: 2 });
  return scores.filter((score, frame) => hearing.take(score, (frame * FRAME_SAMPLES) / RATE)).length;
}

/** Samples of silence before the audio. */
const SHIFTS = [0, 320, 640, 960].map((samples) => new Float32Array(samples));

const heads = SENSITIVITIES.map((sensitivity) => `${sensitivity} (${thresholdOf(sensitivity).toFixed(2)})`);

/** The classifier for what is said in a recording; bare names go to that of the greeting and the name. */
const classifierFor: Record<string, WakeWord> = {
  alexa: "alexa",
  jarvis: "hey_jarvis",
  "hey jarvis": "hey_jarvis",
  "hey mycroft": "hey_mycroft",
  "hey rhasspy": "hey_rhasspy",
};

const silence = new Float32Array(RATE);
const recordings = benchClips("wakewords_picovoice", "wakewords_misc").flatMap(({ transcript, ...clip }) => {
  const pcm = pcmOf({ ...clip, transcript }) ?? new Float32Array();
  return SHIFTS.map((shift) => ({ said: transcript ?? "", scores: scoresOf(join([shift, pcm, silence])) }));
});
const rows = Object.entries(classifierFor).map(([said, word]) => {
  const clips = recordings.filter((one) => one.said === said);
  const found = SENSITIVITIES.map(
    (sensitivity) => clips.filter(({ scores }) => count(scores[word], sensitivity) > 0).length,
  );
  return [`"${said}"`, `${clips.length}`, ...found.map(String)];
});
const wrong = SENSITIVITIES.map((sensitivity) =>
  recordings.reduce(
    (sum, { said, scores }) =>
      WAKE_WORDS.reduce(
        (all, word) => all + (classifierFor[said] === word ? 0 : count(scores[word], sensitivity)),
        sum,
      ),
    0,
  ),
);
rows.push(["any other word, in all recordings: false alarms", `${recordings.length}`, ...wrong.map(String)]);
console.log("Recordings of wake words that are heard, by sensitivity (and its threshold)");
table(["said", `recordings × ${SHIFTS.length}`, ...heads], rows);

/** No wake word is said in these. Left out is what was mixed, re-encoded or synthesised: the same words would count twice. */
const SPEECH_SETS = [
  "librispeech_test_other",
  "librispeech_misc",
  "readings",
  "longform",
  "asterisk_en",
  "asterisk_es",
  "asterisk_fr",
  "asterisk_it",
  "asterisk_ru",
  "stt_repo_clips",
  "ljspeech",
  "dialogue",
  "hindi",
  "picovoice_stt",
  "mfa_en",
  "alphanumeric",
  "pocketsphinx_misc",
  "pocketsphinx_librivox",
  "noisy",
  "google_samples",
  "speechbrain_asr",
  "nonspeech",
];
const everything = join(benchClips(...SPEECH_SETS).flatMap((clip) => pcmOf(clip) ?? []));
const hours = (SHIFTS.length * everything.length) / RATE / 3600;
const shifted = SHIFTS.map((shift) => scoresOf(join([shift, everything])));
console.log(
  `\nFalse alarms per hour in ${(hours / SHIFTS.length).toFixed(2)} hours of other speech and noise (and how many in all four hearings)`,
);
table(
  ["word", ...heads],
  WAKE_WORDS.map((word) => [
    word,
    ...SENSITIVITIES.map((sensitivity) => {
      const times = shifted.reduce((sum, scores) => sum + count(scores[word], sensitivity), 0);
      return `${(times / hours).toFixed(1)} (${times})`;
    }),
  ]),
);

const detector = await startWakeWords();
const timed = everything.subarray(0, 120 * RATE);
const costs: string[][] = [];
for (const words of [WAKE_WORDS.slice(0, 1), WAKE_WORDS]) {
  const stream = await detector.open({ words });
  await stream.push(timed.subarray(0, RATE));
  const start = performance.now();
  await stream.push(timed);
  const share = (performance.now() - start) / 1000 / (timed.length / RATE);
  costs.push([`${words.length}`, `${(100 * share).toFixed(2)} %`, `${(80 * share).toFixed(2)} ms`]);
  stream.close();
}
console.log("\nCost of one stream through the thread");
table(["words", "share of one core", "per 80 ms of audio"], costs);
await detector.close();
