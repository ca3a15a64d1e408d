/** What the systems are given: clips as WAV files of 16 kHz, the long file made of them, and sounds in which nobody speaks. */
import { join } from "node:path";
import { benchClips, join as joinPcm, pcmOf, RATE, wavOf } from "./clips.ts";
import { randomNumbers } from "./random.ts";
import type { Sound } from "./system.ts";

async function write(folder: string, name: string, pcm: Float32Array, reference: string): Promise<Sound> {
  const file = join(folder, `${name.replaceAll("/", "_")}.wav`);
  const bytes = wavOf(pcm);
  await Bun.write(file, bytes);
  return { name, file, bytes, seconds: pcm.length / RATE, reference };
}

/** Clips with a reference that the library can open without ffmpeg, at most so many of each set. */
export async function clipSounds(folder: string, most: number, ...sets: string[]): Promise<Sound[]> {
  const sounds: Sound[] = [];
  for (const clip of sets.flatMap((set) => benchClips(set).slice(0, most))) {
    const pcm = clip.transcript ? pcmOf(clip) : undefined;
    if (pcm) sounds.push(await write(folder, clip.path.replace(/\.\w+$/, ""), pcm, clip.transcript ?? ""));
  }
  return sounds;
}

/** Seconds of silence between the clips of the long file. */
const GAP = 0.7;

/** One file of more than ten minutes: several books, many voices, pauses between them. */
export async function longSound(folder: string, most: number): Promise<Sound> {
  const parts: Float32Array[] = [];
  const texts: string[] = [];
  const sets = ["librispeech_test_other", "ljspeech", "longform"];
  for (const clip of sets.flatMap((set) => benchClips(set).slice(0, most))) {
    const pcm = pcmOf(clip);
    if (!pcm || !clip.transcript) continue;
    parts.push(pcm, new Float32Array(GAP * RATE));
    texts.push(clip.transcript);
  }
  return write(folder, "long", joinPcm(parts), texts.join(" "));
}

/** Where nobody says a word: recordings whose reference is empty or that hold no speech as far as is known, and sounds made here. */
export async function wordlessSounds(folder: string): Promise<Sound[]> {
  const sounds: Sound[] = [];
  for (const clip of benchClips()) {
    if (clip.transcript !== "" && clip.set !== "nonspeech") continue;
    const pcm = pcmOf(clip);
    // Shorter than a tenth of a second is refused, as OpenAI does.
    if (pcm && pcm.length >= RATE / 10)
      sounds.push(await write(folder, clip.path.replace(/\.\w+$/, ""), pcm, clip.transcript ?? "?"));
  }
  for (const [name, pcm] of generated()) sounds.push(await write(folder, `made here/${name}`, pcm, ""));
  return sounds;
}

function* generated(): Generator<[name: string, pcm: Float32Array]> {
  const random = randomNumbers(3);
  const make = (length: number, sample: (t: number) => number) =>
    Float32Array.from({ length: length * RATE }, (_, i) => sample(i / RATE));
  const tone = (t: number, hertz: number) => Math.sin(2 * Math.PI * hertz * t);
  for (const length of [1, 10, 40]) yield [`silence ${length} s`, new Float32Array(length * RATE)];
  for (const level of [0.001, 0.01, 0.1, 0.5])
    yield [`white noise ${level}`, make(15, () => level * (2 * random() - 1))];
  let brown = 0;
  yield [
    "brown noise",
    make(15, () => {
      brown = 0.99 * brown + 0.02 * (2 * random() - 1);
      return brown;
    }),
  ];
  yield ["tone 440 Hz", make(10, (t) => 0.3 * tone(t, 440))];
  yield ["beeps", make(10, (t) => (t % 1 < 0.2 ? 0.5 * tone(t, 1000) : 0))];
  yield ["sweep", make(10, (t) => 0.3 * Math.sin(2 * Math.PI * (100 * t + 150 * t * t)))];
  yield ["hum 50 Hz", make(20, (t) => 0.2 * (tone(t, 50) + 0.5 * tone(t, 150) + 0.2 * tone(t, 250)))];
  yield ["ringing", make(12, (t) => (t % 4 < 1.5 ? 0.2 * (tone(t, 440) + tone(t, 480)) : 0))];
  yield ["clicks", make(10, (t) => (t % 0.5 < 0.002 ? 0.8 * (2 * random() - 1) : 0))];
}
