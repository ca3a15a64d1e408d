/**
 * What the classifiers look at: 96 numbers for every 80 ms, made of the last 0.76 s of sound. The arithmetic is openWakeWord's streaming
 * one: the mel bands of a frame are computed with the 30 ms before it, and since their scale hangs on the loudest value of the run,
 * always of one frame at a time. So the numbers do not depend on how the audio was cut.
 */
import type { OnnxModel } from "../onnx/runtime.ts";

/** 80 ms at 16 kHz: what one step takes. */
export const FRAME_SAMPLES = 1280;
/** Embeddings that a classifier sees: 1.28 s of them, each of which looks back further. */
export const WINDOW = 16;
export const EMBEDDING_SIZE = 96;

const CONTEXT_SAMPLES = 480;
const BANDS = 32;
const MEL_ROWS = 76;
/** Mel rows of one frame. */
const NEW_ROWS = 8;

/** The models were made for 16-bit numbers. */
const FULL_SCALE = 32_767;

export interface FeatureModels {
  mel: OnnxModel;
  embedding: OnnxModel;
}

/** One stream's memory. */
export class Features {
  readonly #models: FeatureModels;
  /** The end of the frame before, and the frame. */
  readonly #samples = new Float32Array(CONTEXT_SAMPLES + FRAME_SAMPLES);
  readonly #rows = new Float32Array(MEL_ROWS * BANDS);
  /** The newest last. */
  readonly window = new Float32Array(WINDOW * EMBEDDING_SIZE);

  constructor(models: FeatureModels, like?: Features) {
    this.#models = models;
    if (!like) return;
    this.#samples.set(like.#samples);
    this.#rows.set(like.#rows);
    this.window.set(like.window);
  }

  /** Takes one frame of samples from -1 to 1. */
  push(frame: Float32Array): void {
    const samples = this.#samples;
    samples.copyWithin(0, FRAME_SAMPLES);
    for (let i = 0; i < FRAME_SAMPLES; i++) samples[CONTEXT_SAMPLES + i] = scaled(frame[i] as number);
    const rows = this.#rows;
    rows.copyWithin(0, NEW_ROWS * BANDS);
    const fresh = rows.subarray((MEL_ROWS - NEW_ROWS) * BANDS);
    this.#models.mel.run({ input: [samples, 1, samples.length] }, { output: [fresh, 1, 1, NEW_ROWS, BANDS] });
    // From decibels to the scale of the model that the embeddings were trained with.
    for (let i = 0; i < fresh.length; i++) fresh[i] = (fresh[i] as number) / 10 + 2;
    this.window.copyWithin(0, EMBEDDING_SIZE);
    const newest = this.window.subarray((WINDOW - 1) * EMBEDDING_SIZE);
    this.#models.embedding.run(
      { input_1: [rows, 1, MEL_ROWS, BANDS, 1] },
      { conv2d_19: [newest, 1, 1, 1, EMBEDDING_SIZE] },
    );
  }
}

/** A stream that has heard a quiet room for a while: where every stream begins, so that a word right at its start is heard. */
export function quietRoom(models: FeatureModels): Features {
  const features = new Features(models);
  const frame = new Float32Array(FRAME_SAMPLES);
  // The same noise of about -60 dB in every run: digital silence is nothing that the models know.
  let seed = 1;
  for (let step = 0; step < WINDOW + MEL_ROWS / NEW_ROWS + 1; step++) {
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      seed = (seed * 48_271) % 2_147_483_647;
      frame[i] = 0.001 * (2 * (seed / 2_147_483_647) - 1);
    }
    features.push(frame);
  }
  return features;
}

function scaled(sample: number): number {
  // NaN is silence.
  return sample >= -1 && sample <= 1 ? sample * FULL_SCALE : sample > 1 ? FULL_SCALE : sample < -1 ? -FULL_SCALE : 0;
}
