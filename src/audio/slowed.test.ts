import { expect, test } from "bun:test";
import { clips } from "../../test/data.ts";
import { openLog } from "../log/log.ts";
import { openAudio } from "./open.ts";
import { SLOWED_SECONDS, soundsSlowed } from "./slowed.ts";

const RATE = 16_000;
const CD = 44_100;

/** The first seconds of a recording in which somebody speaks, at 16 kHz. */
async function speech(file: string): Promise<Float32Array> {
  const spool = { create: () => Promise.reject(new Error("not needed")) };
  const audio = openAudio({ ffmpeg: {}, spool }, openLog({ level: "error", format: "json", write: () => {} }));
  const { blocks } = await audio.openMedia({ path: file }, { channels: "mono" });
  const samples: number[] = [];
  for await (const [block = new Float32Array()] of blocks) {
    for (const sample of block) samples.push(sample);
    if (samples.length > SLOWED_SECONDS * RATE) break;
  }
  await audio.close();
  return Float32Array.from(samples.slice(0, SLOWED_SECONDS * RATE));
}

/** The same sound sampled more often, between two samples on the line that joins them. */
function at44100(pcm: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.floor(((pcm.length - 1) * CD) / RATE) }, (_, i) => {
    const at = (i * RATE) / CD;
    const before = pcm[Math.floor(at)] as number;
    return before + (at - Math.floor(at)) * ((pcm[Math.floor(at) + 1] as number) - before);
  });
}

test("speech at 44.1 kHz that is taken for 16 is noticed, speech at 16 kHz is not", async () => {
  const sets = ["librispeech_test_other", "containers_jfk", "ljspeech"];
  const list = clips(...sets)
    .filter(({ format, seconds }) => /wav|flac/.test(format) && seconds > 4)
    .slice(0, 12);
  expect(list.length).toBeGreaterThan(4);
  let noticed = 0;
  for (const { file } of list) {
    const pcm = await speech(file);
    expect(soundsSlowed(pcm, RATE)).toBe(false);
    if (soundsSlowed(at44100(pcm).subarray(0, SLOWED_SECONDS * RATE), RATE)) noticed++;
  }
  // Women with very high voices become men with low ones.
  expect(noticed / list.length).toBeGreaterThan(0.7);
}, 20_000);

test("what is no speech is never suspected", () => {
  const noise = Float32Array.from({ length: 80_000 }, () => Math.random() - 0.5);
  const hum = Float32Array.from({ length: 80_000 }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / RATE));
  for (const pcm of [noise, new Float32Array(80_000), new Float32Array(100)])
    expect(soundsSlowed(pcm, RATE)).toBeUndefined();
  expect(soundsSlowed(hum, RATE)).toBe(false);
});
