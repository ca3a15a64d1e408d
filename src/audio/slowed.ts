/**
 * Whether speech is heard too slowly, as it is when 44.1 kHz are taken for 16: voices are then deeper than anybody's, and nothing sounds above
 * a fifth of the band. Both must be so: old telephone lines cut the band, and some men speak low.
 */

/** Samples of a frame (128 ms at 16 kHz), and from one frame to the next. */
const FRAME = 2048;
const HOP = 1024;
/** Hz. The deepest voice of 120 recordings in twelve languages has 87; at a third of its speed the highest has 92. */
const DEEPEST_VOICE = 85;
const LOWEST_PITCH = 24;
const HIGHEST_PITCH = 500;
/** Share of the band below which 99 % of the sound lie; 44.1 kHz leave 0.41 of what 16 would have. */
const NARROW = 0.41;
/** Frames with a pitch, fewer of which prove nothing. */
const LEAST_VOICED = 8;
/** How like itself a frame must be one period later. */
const VOICED = 0.5;

/** Seconds of sound that are enough to say. */
export const SLOWED_SECONDS = 5;

/** Looks at the louder half of some seconds of sound; undefined: too little of it is a voice. */
export function soundsSlowed(pcm: Float32Array, rate: number): boolean | undefined {
  const starts = louderHalf(pcm);
  const spectrum = new Float64Array(FRAME / 2);
  const pitches: number[] = [];
  for (const at of starts) {
    const power = powerOf(pcm.subarray(at, at + FRAME));
    const total = power.reduce((sum, one) => sum + one, 0);
    if (total <= 0) continue;
    for (let i = 0; i < spectrum.length; i++) spectrum[i] = (spectrum[i] as number) + (power[i] as number) / total;
    const pitch = pitchOf(power, rate);
    if (pitch !== undefined) pitches.push(pitch);
  }
  if (pitches.length < LEAST_VOICED) return undefined;
  const middle = pitches.sort((a, b) => a - b)[pitches.length >> 1] as number;
  return middle < DEEPEST_VOICE && rollOff(spectrum) < NARROW;
}

function louderHalf(pcm: Float32Array): number[] {
  const frames: { at: number; energy: number }[] = [];
  for (let at = 0; at + FRAME <= pcm.length; at += HOP) {
    let energy = 0;
    for (let i = at; i < at + FRAME; i++) energy += (pcm[i] as number) ** 2;
    frames.push({ at, energy });
  }
  frames.sort((a, b) => b.energy - a.energy);
  return frames.slice(0, Math.ceil(frames.length / 2)).map(({ at }) => at);
}

/** The share of the band that holds 99 % of the sound. */
function rollOff(spectrum: Float64Array): number {
  const total = spectrum.reduce((sum, one) => sum + one, 0);
  let sum = 0;
  for (let i = 0; i < spectrum.length; i++) {
    sum += spectrum[i] as number;
    if (sum > 0.99 * total) return i / spectrum.length;
  }
  return 1;
}

/** Hz of the period after which a frame is most like itself (its autocorrelation, by way of its power). */
function pitchOf(power: Float64Array, rate: number): number | undefined {
  const real = new Float64Array(FRAME);
  for (let i = 0; i < power.length; i++) {
    real[i] = power[i] as number;
    real[(FRAME - i) % FRAME] = power[i] as number;
  }
  transform(real, new Float64Array(FRAME));
  let best = VOICED;
  let found: number | undefined;
  const longest = Math.min(FRAME / 2, Math.floor(rate / LOWEST_PITCH));
  for (let lag = Math.ceil(rate / HIGHEST_PITCH); lag < longest; lag++) {
    const here = real[lag] as number;
    // The frame's own length fades what is far.
    const likeness = here / (real[0] as number) / (1 - lag / FRAME);
    if (likeness <= best || here < (real[lag - 1] as number) || here < (real[lag + 1] as number)) continue;
    best = likeness;
    found = rate / lag;
  }
  return found;
}

function powerOf(frame: Float32Array): Float64Array {
  const real = Float64Array.from(frame, (sample, i) => sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME)));
  const imaginary = new Float64Array(FRAME);
  transform(real, imaginary);
  return Float64Array.from({ length: FRAME / 2 }, (_, i) => (real[i] as number) ** 2 + (imaginary[i] as number) ** 2);
}

const cosines = Float64Array.from({ length: FRAME / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / FRAME));
const sines = Float64Array.from({ length: FRAME / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / FRAME));

/** The Fourier transform of one frame, in place (Cooley and Tukey, radix 2). */
function transform(real: Float64Array, imaginary: Float64Array): void {
  for (let i = 1, j = 0; i < FRAME; i++) {
    let bit = FRAME >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [real[i], real[j]] = [real[j] as number, real[i] as number];
    [imaginary[i], imaginary[j]] = [imaginary[j] as number, imaginary[i] as number];
  }
  for (let size = 2; size <= FRAME; size <<= 1) {
    const half = size >> 1;
    const step = FRAME / size;
    for (let from = 0; from < FRAME; from += size)
      for (let k = 0; k < half; k++) {
        const cos = cosines[k * step] as number;
        const sin = sines[k * step] as number;
        const a = from + k;
        const b = a + half;
        const x = (real[b] as number) * cos - (imaginary[b] as number) * sin;
        const y = (real[b] as number) * sin + (imaginary[b] as number) * cos;
        real[b] = (real[a] as number) - x;
        imaginary[b] = (imaginary[a] as number) - y;
        real[a] = (real[a] as number) + x;
        imaginary[a] = (imaginary[a] as number) + y;
      }
  }
}
