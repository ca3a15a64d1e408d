/**
 * Writes a tiny Whisper model with random weights: real in every dimension that the code looks at (vocabulary, contexts, mel bands),
 * small in width and depth. What it "hears" is nonsense, but the same nonsense every time, so loading, decoding, language detection
 * and quantising can be tested for multilingual models, whose weights cannot be shipped.
 *
 *   bun native/test/random-model.ts FILE [--english] [--width N] [--seed N]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface RandomModelOptions {
  /** Default true: 99 languages. */
  multilingual?: boolean;
  /** Numbers in a hidden state; a multiple of 32. Default 64. */
  width?: number;
  seed?: number;
}

const AUDIO_CONTEXT = 1500;
const TEXT_CONTEXT = 448;
// Not two: decoders of two layers are taken for the distilled models that know no timestamps.
const LAYERS = 3;
const MELS = 80;
const BINS = 201;
const WORDS = 50257;
const F32 = 0;
const F16 = 1;

/** Numbers from a linear congruential generator (Numerical Recipes), uniform in -1..1. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Bytes that grow; a model is a sequence of little-endian values. */
class Writer {
  readonly parts: Uint8Array[] = [];

  integers(...values: number[]): void {
    this.parts.push(new Uint8Array(Int32Array.from(values).buffer));
  }

  bytes(bytes: Uint8Array): void {
    this.parts.push(bytes);
  }

  tensor(name: string, shape: number[], type: number, value: () => number): void {
    const text = new TextEncoder().encode(name);
    this.integers(shape.length, text.length, type, ...shape);
    this.bytes(text);
    const count = shape.reduce((product, n) => product * n, 1);
    const values = type === F32 ? new Float32Array(count) : new Float16Array(count);
    for (let i = 0; i < count; i++) values[i] = value();
    this.bytes(new Uint8Array(values.buffer));
  }
}

/** Triangles over the frequency bins, as wide as the mel scale has them further up. */
function melFilters(): Float32Array {
  const filters = new Float32Array(MELS * BINS);
  const center = (band: number): number => (BINS - 1) * ((band + 1) / (MELS + 1)) ** 1.5;
  for (let band = 0; band < MELS; band++) {
    const [low, middle, high] = [center(band - 1), center(band), center(band + 1)];
    for (let bin = 0; bin < BINS; bin++) {
      const height = Math.min((bin - low) / (middle - low), (high - bin) / (high - middle));
      if (height > 0) filters[band * BINS + bin] = height / (high - low);
    }
  }
  return filters;
}

/** The vocabulary: every byte, then made-up words of ASCII letters, the last of them the end of text. */
function words(): Uint8Array[] {
  const made: Uint8Array[] = [];
  for (let byte = 0; byte < 256; byte++) made.push(Uint8Array.of(byte));
  const encoder = new TextEncoder();
  for (let i = 256; i < WORDS; i++) {
    let word = "";
    for (let n = i; n > 0; n = Math.floor(n / 26)) word += String.fromCharCode(97 + (n % 26));
    made.push(encoder.encode(i % 2 === 0 ? ` ${word}` : `${word}z`));
  }
  made[WORDS - 1] = encoder.encode("<|endoftext|>");
  return made;
}

/** The bytes of such a model. */
export function randomModel({ multilingual = true, width = 64, seed = 1 }: RandomModelOptions = {}): Uint8Array {
  const random = randomNumbers(seed);
  const heads = width / 32;
  const vocabulary = multilingual ? 51865 : 51864;
  const out = new Writer();
  out.integers(
    0x67676d6c,
    vocabulary,
    AUDIO_CONTEXT,
    width,
    heads,
    LAYERS,
    TEXT_CONTEXT,
    width,
    heads,
    LAYERS,
    MELS,
    1,
  );
  out.integers(MELS, BINS);
  out.bytes(new Uint8Array(melFilters().buffer));
  out.integers(WORDS);
  for (const word of words()) {
    out.integers(word.length);
    out.bytes(word);
  }

  const small = (): number => random() * 0.3;
  const one = (): number => 1;
  const zero = (): number => 0;
  const norm = (name: string): void => {
    out.tensor(`${name}.weight`, [width], F32, one);
    out.tensor(`${name}.bias`, [width], F32, zero);
  };
  const linear = (name: string, from: number, to: number, bias = true): void => {
    out.tensor(`${name}.weight`, [from, to], F16, small);
    if (bias) out.tensor(`${name}.bias`, [to], F32, small);
  };
  const attention = (name: string): void => {
    norm(`${name}_ln`);
    linear(`${name}.query`, width, width);
    linear(`${name}.key`, width, width, false);
    linear(`${name}.value`, width, width);
    linear(`${name}.out`, width, width);
  };
  const block = (name: string, crossed: boolean): void => {
    attention(`${name}.attn`);
    if (crossed) attention(`${name}.cross_attn`);
    norm(`${name}.mlp_ln`);
    linear(`${name}.mlp.0`, width, 4 * width);
    linear(`${name}.mlp.2`, 4 * width, width);
  };

  out.tensor("encoder.positional_embedding", [width, AUDIO_CONTEXT], F32, random);
  out.tensor("encoder.conv1.weight", [3, MELS, width], F16, small);
  out.tensor("encoder.conv1.bias", [1, width], F32, small);
  out.tensor("encoder.conv2.weight", [3, width, width], F16, small);
  out.tensor("encoder.conv2.bias", [1, width], F32, small);
  for (let layer = 0; layer < LAYERS; layer++) block(`encoder.blocks.${layer}`, false);
  norm("encoder.ln_post");
  out.tensor("decoder.positional_embedding", [width, TEXT_CONTEXT], F32, random);
  out.tensor("decoder.token_embedding.weight", [width, vocabulary], F16, random);
  for (let layer = 0; layer < LAYERS; layer++) block(`decoder.blocks.${layer}`, true);
  norm("decoder.ln");
  return new Uint8Array(Buffer.concat(out.parts));
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  const number = (flag: string): number | undefined => {
    const at = args.indexOf(flag);
    return at < 0 ? undefined : Number(args.splice(at, 2)[1]);
  };
  const width = number("--width");
  const seed = number("--seed");
  const english = args.includes("--english");
  const file = args.find((arg) => !arg.startsWith("--"));
  if (!file) throw new Error("Usage: random-model.ts FILE [--english] [--width N] [--seed N]");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, randomModel({ multilingual: !english, width: width ?? 64, seed: seed ?? 1 }));
}
