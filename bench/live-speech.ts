/** What the streams of the live bench say: clips one after the other with gaps between them, and the room noise that others hear. */
import { benchClips, pcmOf, RATE } from "./clips.ts";
import { randomNumbers } from "./random.ts";

/** Samples of the frames that clients send: 20 ms. */
export const FRAME = RATE / 50;

/** Decibels below a clip's loudest frame down to which a frame counts as speech. */
const AUDIBLE = 40;

/**
 * Many of these recordings never get that quiet: there speech "ends" with the clip, up to half a second after the last word. In those that
 * are quiet for as long as this (samples) before the clip's end, what is measured is the end of the words.
 */
const QUIET = 0.1 * RATE;

/** One clip in a stream; positions are samples of the stream. */
export interface Spoken {
  from: number;
  to: number;
  /** The first frame and the end of the last frame that are within 40 dB of the clip's loudest. */
  audibleFrom: number;
  audibleTo: number;
  /** Whether it is quiet before the clip's end, so that `audibleTo` is the end of the words. */
  endsQuiet: boolean;
  reference: string;
}

/** One stream's audio. */
export interface Speech {
  pcm: Float32Array;
  spoken: Spoken[];
}

export interface SpeechOptions {
  /** Clips are added until the stream lasts so many seconds. */
  seconds: number;
  /** Seconds after each clip. */
  gap: number;
  /** RMS of the noise in the gaps, decibels below full scale; undefined: digital silence. */
  gapNoise: number | undefined;
}

/** Streams that all begin with another clip. */
export function streamsOfSpeech(count: number, { seconds, gap, gapNoise }: SpeechOptions): Speech[] {
  const clips = benchClips("librispeech_test_other").flatMap((clip) => {
    const pcm = clip.transcript ? pcmOf(clip) : undefined;
    return pcm ? [{ pcm, reference: clip.transcript ?? "" }] : [];
  });
  const pause = gapNoise === undefined ? new Float32Array(gap * RATE) : whiteNoise(gap, gapNoise);
  return Array.from({ length: count }, (_, stream) => {
    const parts: Float32Array[] = [pause];
    const spoken: Spoken[] = [];
    let at = pause.length;
    // Steps of 7 and 4 do not meet: no two streams say the same clip at once.
    for (let i = 7 * stream; at < seconds * RATE; i++) {
      const { pcm, reference } = clips[i % clips.length] as (typeof clips)[number];
      const { from, to } = within(pcm, AUDIBLE);
      const endsQuiet = to <= pcm.length - QUIET;
      spoken.push({ from: at, to: at + pcm.length, audibleFrom: at + from, audibleTo: at + to, endsQuiet, reference });
      parts.push(pcm, pause);
      at += pcm.length + pause.length;
    }
    return { pcm: new Float32Array(Bun.concatArrayBuffers(parts)), spoken };
  });
}

/** From the first to the end of the last frame that is within so many decibels of the loudest, in samples. */
export function within(pcm: Float32Array, decibels: number): { from: number; to: number } {
  const powers = Array.from({ length: Math.ceil(pcm.length / FRAME) }, (_, frame) => {
    const samples = pcm.subarray(frame * FRAME, (frame + 1) * FRAME);
    return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  });
  const least = powers.reduce((most, power) => Math.max(most, power), 0) / 10 ** (decibels / 10);
  const isAudible = (power: number) => power > 0 && power >= least;
  const first = powers.findIndex(isAudible);
  if (first < 0) return { from: 0, to: 0 };
  return { from: first * FRAME, to: Math.min(pcm.length, (powers.findLastIndex(isAudible) + 1) * FRAME) };
}

/** Seconds of white noise at so many decibels below full scale (RMS). */
function whiteNoise(seconds: number, decibels: number): Float32Array {
  const random = randomNumbers(2);
  // A uniform distribution from -a to a has an RMS of a/√3.
  const amplitude = 10 ** (decibels / 20) * Math.sqrt(3);
  return Float32Array.from({ length: Math.round(seconds * RATE) }, () => amplitude * (2 * random() - 1));
}

/** A recording of an office in which nobody talks to the microphone: fans, steps, doors, voices far away. */
export function roomNoise(): Float32Array {
  const clip = benchClips("nonspeech").find(({ path }) => path.includes("office-ambience"));
  const pcm = clip && pcmOf(clip);
  if (!pcm) throw new Error("The recording of room noise is missing from the test data.");
  return pcm;
}
