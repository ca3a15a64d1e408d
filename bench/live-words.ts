/**
 * The words of live sessions against those of the same audio as files: long monologues, a telephone call, noise, single words. Each recording is
 * pushed as fast as it is taken, and at a pace at which there are partials.
 *
 *   bun bench/live-words.ts [options]
 */
import { parseArgs } from "node:util";
import type { RawEncoding } from "../src/audio/media.ts";
import type { SessionEvent, SessionOptions } from "../src/recognizer/live/events.ts";
import { clips } from "../test/data.ts";
import { benchClips, join, pcmOf, RATE } from "./clips.ts";
import { type Bench, openLiveBench } from "./live-load.ts";
import { roomNoise } from "./live-speech.ts";
import { randomNumbers } from "./random.ts";
import { percent, table } from "./report.ts";
import { verdict } from "./soak-figures.ts";
import { rate, words } from "./wer.ts";

const usage = `bun bench/live-words.ts [options]

  --sets LIST        some of: ${"clips,monologue,reading,streams,noise-10,noise-5,call,telephone,commands,nonspeech"} (default: all)
  --faster N         the pace: so many times faster than it was spoken (default 4)
  --endpointing MS   silence that ends an utterance (default 300)
  --beams N          hypotheses of a final (default: the setting's)
  --no-paced         as fast as it is taken only
  --show             print the texts, file and live`;

const { values } = parseArgs({
  options: {
    sets: { type: "string" },
    faster: { type: "string", default: "4" },
    endpointing: { type: "string", default: "300" },
    beams: { type: "string" },
    "no-paced": { type: "boolean", default: false },
    show: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

/** One stream; a reference for each channel. */
interface Recording {
  raw: RawEncoding;
  bytes: Uint8Array;
  references: string[];
}

const float32: RawEncoding = { encoding: "float32", rate: RATE, channels: 1 };

function recordingOf(pcm: Float32Array, reference: string): Recording {
  return { raw: float32, bytes: new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), references: [reference] };
}

/** Clips of some sets one after the other, with gaps of so many seconds at random, in recordings of about so many. */
function joined(sets: readonly string[], gaps: readonly [number, number], seconds: number): Recording[] {
  const random = randomNumbers(7);
  const made: Recording[] = [];
  let parts: Float32Array[] = [];
  let references: string[] = [];
  const close = () => {
    if (parts.length > 0) made.push(recordingOf(join(parts), references.join(" ")));
    parts = [];
    references = [];
  };
  for (const clip of benchClips(...sets)) {
    const pcm = clip.transcript && clip.lang === "en" ? pcmOf(clip) : undefined;
    if (pcm === undefined) continue;
    parts.push(hiss(gaps[0] + (gaps[1] - gaps[0]) * random(), random), pcm);
    references.push(clip.transcript ?? "");
    if (parts.reduce((sum, { length }) => sum + length, 0) >= seconds * RATE) close();
  }
  close();
  return made;
}

/** White noise of −65 dB. */
function hiss(seconds: number, random: () => number): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * RATE) }, () => 0.001 * (2 * random() - 1));
}

/** The same with an office around it, so many decibels below. */
function noisy(recordings: readonly Recording[], decibels: number): Recording[] {
  const noise = roomNoise();
  const power = (samples: Float32Array) => samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
  return recordings.map(({ bytes, references: [reference = ""] }) => {
    const pcm = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    const gain = Math.sqrt(power(pcm) / power(noise) / 10 ** (decibels / 10));
    return recordingOf(
      pcm.map((sample, i) => sample + gain * (noise[i % noise.length] ?? 0)),
      reference,
    );
  });
}

/** The same over a telephone: 8 kHz, µ-law. */
function telephone(recordings: readonly Recording[]): Recording[] {
  return recordings.map(({ bytes, references }) => {
    const pcm = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    const raw: RawEncoding = { encoding: "mulaw", rate: 8000, channels: 1 };
    // These recordings have nothing above 4 kHz, so that every other sample is all of it.
    return { raw, bytes: Uint8Array.from({ length: pcm.length >> 1 }, (_, i) => muLaw(pcm[2 * i] ?? 0)), references };
  });
}

/** ITU-T G.711. */
function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(32_635, Math.round(Math.abs(sample) * 32_768)) + 132;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff;
}

/** A call of two people, as a telephone system records it. */
async function call(): Promise<Recording[]> {
  const found = clips("derived").find(({ path }) => path.includes("call_stereo_mulaw"));
  if (found === undefined) throw new Error("The recording of a call is missing from the test data.");
  const file = await Bun.file(found.file).bytes();
  const data = Buffer.from(file.buffer).indexOf("data");
  const spoken = (found as unknown as { transcript_per_channel: string[] }).transcript_per_channel;
  return [
    {
      raw: { encoding: "mulaw", rate: 8000, channels: 2 },
      bytes: file.subarray(data + 8),
      references: Object.values(spoken),
    },
  ];
}

const speech = () => joined(["librispeech_test_other"], [0.2, 2.5], 80);
const sets: Record<string, () => Recording[] | Promise<Recording[]>> = {
  // Each by itself.
  clips: () =>
    benchClips("librispeech_test_other", "ljspeech", "asterisk_en").flatMap((clip) => {
      const pcm = pcmOf(clip);
      return pcm ? [recordingOf(pcm, clip.transcript ?? "")] : [];
    }),
  monologue: () => joined(["longform"], [0.2, 0.2], 1),
  reading: () => joined(["ljspeech"], [0.2, 0.6], 60),
  streams: speech,
  "noise-10": () => noisy(speech(), 10),
  "noise-5": () => noisy(speech(), 5),
  call,
  telephone: () => telephone(joined(["asterisk_en"], [0.3, 2], 60)),
  commands: () => joined(["alphanumeric", "wakewords_misc", "picovoice_stt"], [0.5, 2], 60),
  nonspeech: () =>
    benchClips("nonspeech").flatMap((clip) => {
      const pcm = pcmOf(clip);
      return pcm ? [recordingOf(pcm, "")] : [];
    }),
};

type Final = Extract<SessionEvent, { type: "final" }>;

/** Each channel's text. */
async function live(
  { recognizer, model }: Bench,
  { raw, bytes }: Recording,
  faster: number | undefined,
): Promise<string[]> {
  const options: Partial<SessionOptions> = {
    endpointing: Number(values.endpointing),
    ...(values.beams ? { beamSize: Number(values.beams) } : {}),
    ...(faster === undefined ? { interim: false } : {}),
  };
  const session = recognizer.openSession({
    ...{ model, task: "transcribe", client: crypto.randomUUID(), raw, channels: raw.channels },
    ...options,
  });
  const finals: Final[] = [];
  const reading = (async () => {
    for await (const event of session.events) if (event.type === "final") finals.push(event);
  })();
  const second = raw.rate * raw.channels * (raw.encoding === "float32" ? 4 : 1);
  const piece = faster === undefined ? 4 * second : second / 50;
  const began = performance.now();
  for (let at = 0; at < bytes.length; at += piece) {
    await session.ready();
    session.pushRaw(bytes.subarray(at, at + piece));
    const ahead = faster === undefined ? 0 : ((at + piece) / second / faster) * 1000 - (performance.now() - began);
    if (ahead > 0) await Bun.sleep(ahead);
  }
  await session.close();
  await reading;
  return Array.from({ length: raw.channels }, (_, channel) =>
    finals
      .filter((final) => final.channel === channel)
      .map(({ text }) => text)
      .join(values.show ? " |" : " "),
  );
}

async function asFile({ recognizer, model }: Bench, { raw, bytes }: Recording): Promise<string[]> {
  const wanted = { model, task: "transcribe", words: true, segments: true, client: "file" } as const;
  for await (const event of recognizer.transcribe({ bytes }, { ...wanted, raw, channels: "separate" })) {
    if (event.type !== "transcript") continue;
    return event.transcript.channels.map(({ segments }) => segments.map(({ text }) => text).join(" "));
  }
  throw new Error("The recognizer ended without a transcript.");
}

/** How the same recording is heard, the file first. */
const ways: [name: string, hear: (bench: Bench, one: Recording) => Promise<string[]>][] = [
  ["as files", asFile],
  ["at once", (bench, one) => live(bench, one, undefined)],
];
if (!values["no-paced"]) ways.push(["paced", (bench, one) => live(bench, one, Number(values.faster))]);

const bench = await openLiveBench(undefined);
const rows: string[][] = [];
try {
  for (const name of values.sets?.split(",") ?? Object.keys(sets)) {
    const recordings = await sets[name]?.();
    if (recordings === undefined) throw new Error(`There is no set ${name}.`);
    const results = ways.map(([way]) => ({ way, verdicts: [] as ReturnType<typeof verdict>[], written: 0 }));
    for (const recording of recordings) {
      for (const [i, [way, hear]] of ways.entries()) {
        const texts = await hear(bench, recording);
        for (const [channel, text] of texts.entries()) {
          const found = verdict(recording.references[channel] ?? "", text);
          results[i]?.verdicts.push(found);
          if (found.doubled) console.log(`${name}, ${way}: doubled “${found.doubled}”`);
          if (values.show) console.log(`${name}, ${way} (${found.errors}/${found.words}): ${text}\n`);
        }
        if (results[i]) results[i].written += words(texts.join(" ")).length;
      }
      if (values.show) console.log(`${name}, reference: ${recording.references.join("\n")}\n`);
    }
    const [file, ...lives] = results.map(({ verdicts }) => rate(verdicts));
    const said = results[0]?.verdicts.reduce((sum, one) => sum + one.words, 0) ?? 0;
    if (said === 0)
      console.log(
        `${name}: words where nobody speaks: ${results.map(({ way, written }) => `${way} ${written}`).join(", ")}`,
      );
    else
      rows.push([
        name,
        `${said}`,
        percent(file ?? 0, 2),
        ...lives.flatMap((one) => [percent(one, 2), (100 * (one - (file ?? 0))).toFixed(2)]),
      ]);
  }
} finally {
  await bench.close();
}
table(["set", "words", "as files", ...ways.slice(1).flatMap(([way]) => [way, "more"])], rows);
