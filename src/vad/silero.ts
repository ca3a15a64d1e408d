/**
 * Silero's network, written anew for many frames at once. The published file takes one frame of each stream per run, and its convolutions
 * work on images four columns wide, where most of the time is overhead. Only its LSTM needs the frames in order. Here everything else is
 * a matrix product over all frames of all streams, and the LSTM runs over the sequence inside the graph. The weights are those of the
 * published file and the probabilities the same to the last few bits (silero.test.ts); bench/VAD.md says what it saves.
 *
 * Layers, per frame of 512 samples with 64 of context before it: a Fourier transform of 4 windows of 256, 128 apart (the end mirrored by 64),
 * magnitudes of 129 bins → convolution over 3 neighbours to 128 → the same to 64, every second → to 64, every second → to 128 → LSTM of 128 →
 * one number → logistic function. ReLU between them.
 */
import { VerbatimError } from "../error.ts";
import { type Constant, floatConstants, GraphWriter } from "./onnx.ts";
import { FRAME_SAMPLES } from "./speech.ts";

/** Samples before a frame that belong to its input. */
export const CONTEXT_SAMPLES = 64;
/** A row of the input: context and frame. */
export const ROW_SAMPLES = CONTEXT_SAMPLES + FRAME_SAMPLES;
/** Numbers in each of the two halves of a stream's memory. */
export const HIDDEN = 128;

const BINS = 129;

/**
 * Our graph with the weights of a Silero file, version 5 or 6 (they share one architecture), for 16 kHz.
 *
 * Inputs: `frames` [T·B, 576], row t·B+b being frame t of stream b; `hidden` and `cell` [1, B, 128].
 * Outputs: `probabilities` [T, 1, B, 1], `hiddenAfter`, `cellAfter`.
 */
export function sileroGraph(file: Uint8Array): Uint8Array {
  const weights = readWeights(file);
  const g = new GraphWriter();
  const frames = g.input("frames", ["rows", ROW_SAMPLES]);
  const hidden = g.input("hidden", [1, "streams", HIDDEN]);
  const cell = g.input("cell", [1, "streams", HIDDEN]);

  const one = g.ints(1);
  const columns = (value: string, from: number, to: number) => g.node("Slice", [value, g.ints(from), g.ints(to), one]);
  /** A product with a matrix that is turned so that its columns are the outputs. */
  const times = (value: string, [width, outputs]: [number, number], matrix: Float32Array) =>
    g.node("MatMul", [value, g.floats([width, outputs], matrix)]);
  const dense = (value: string, shape: [number, number], matrix: Float32Array, bias: Float32Array) =>
    g.node("Relu", [g.node("Add", [times(value, shape, matrix), g.floats([shape[1]], bias)])]);

  // 640 samples are five blocks of 128; window k is block k and the one after it.
  const mirrored = g.node("Pad", [frames, g.ints(0, 0, 0, CONTEXT_SAMPLES)], { mode: "reflect" });
  const blocks = g.node("Reshape", [mirrored, g.ints(-1, 5, 128)]);
  const windows = g.node("Concat", [columns(blocks, 0, 4), columns(blocks, 1, 5)], { axis: 2 });
  const spectrum = times(windows, [256, 2 * BINS], transpose(weights.fourier.data, 2 * BINS, 256));
  g.nodeNamed("Split", [spectrum, g.ints(BINS, BINS)], ["real", "imaginary"], { axis: 2 });
  const squares = ["real", "imaginary"].map((part) => g.node("Mul", [part, part]));
  const magnitudes = g.node("Sqrt", [g.node("Add", squares)]);

  // Each convolution sees its three neighbours side by side in one row; outside the frame they are zero.
  const [first, second, third, fourth] = weights.layers;
  const framed = g.node("Pad", [magnitudes, g.ints(0, 1, 0, 0, 1, 0)]);
  const neighbours = [columns(framed, 0, 4), columns(framed, 1, 5), columns(framed, 2, 6)];
  const layer1 = dense(g.node("Concat", neighbours, { axis: 2 }), [3 * BINS, 128], taps(first, 0, 3), first.bias.data);

  // Four columns become two: output 0 sees (nothing, 0, 1), output 1 sees (1, 2, 3).
  const flat = g.node("Reshape", [layer1, g.ints(-1, 4 * 128)]);
  const layer2 = g.node(
    "Concat",
    [
      dense(columns(flat, 0, 2 * 128), [2 * 128, 64], taps(second, 1, 3), second.bias.data),
      dense(columns(flat, 128, 4 * 128), [3 * 128, 64], taps(second, 0, 3), second.bias.data),
    ],
    { axis: 1 },
  );
  // Two become one, which sees (nothing, 0, 1); the last layer sees that one alone.
  const layer3 = dense(layer2, [2 * 64, 64], taps(third, 1, 3), third.bias.data);
  const layer4 = dense(layer3, [64, HIDDEN], taps(fourth, 1, 2), fourth.bias.data);

  const streams = g.node("Gather", [g.node("Shape", [hidden]), one], { axis: 0 });
  const sequence = g.node("Reshape", [layer4, g.node("Concat", [g.ints(-1), streams, g.ints(HIDDEN)], { axis: 0 })]);
  const { input, recurrent, inputBias, recurrentBias } = weights.lstm;
  const gates = 4 * HIDDEN;
  g.nodeNamed(
    "LSTM",
    [
      sequence,
      g.floats([1, gates, HIDDEN], reorderGates(input.data)),
      g.floats([1, gates, HIDDEN], reorderGates(recurrent.data)),
      g.floats([1, 2 * gates], concat(reorderGates(inputBias.data), reorderGates(recurrentBias.data))),
      "",
      hidden,
      cell,
    ],
    ["states", "hiddenAfter", "cellAfter"],
    { hidden_size: HIDDEN },
  );
  const score = g.node("Add", [
    times(g.node("Relu", ["states"]), [HIDDEN, 1], weights.output.data),
    g.floats([1], weights.outputBias.data),
  ]);
  g.nodeNamed("Sigmoid", [score], ["probabilities"]);

  g.output("probabilities", ["frames", 1, "streams", 1]);
  g.output("hiddenAfter", [1, "streams", HIDDEN]);
  g.output("cellAfter", [1, "streams", HIDDEN]);
  return g.model(16);
}

interface Convolution {
  weight: Constant;
  bias: Constant;
}

/** Finds the weights of the 16 kHz half of a Silero file by their names and checks their shapes. */
function readWeights(file: Uint8Array) {
  const constants = unreadable(() => floatConstants(file));
  const weight = (name: string, ...dims: number[]): Constant => {
    const found = constants.get(`If_0_then_branch__Inline_0__${name}`);
    if (found?.dims.join() !== dims.join()) throw new VerbatimError("internal", `${notSilero} (${name})`);
    return found;
  };
  const convolution = (layer: number, outputs: number, inputs: number): Convolution => ({
    weight: weight(`encoder.${layer}.reparam_conv.weight`, outputs, inputs, 3),
    bias: weight(`encoder.${layer}.reparam_conv.bias`, outputs),
  });
  return {
    fourier: weight("stft.forward_basis_buffer", 2 * BINS, 1, 256),
    layers: [
      convolution(0, 128, BINS),
      convolution(1, 64, 128),
      convolution(2, 64, 64),
      convolution(3, HIDDEN, 64),
    ] as const,
    lstm: {
      input: weight("decoder.rnn.weight_ih", 4 * HIDDEN, HIDDEN),
      recurrent: weight("decoder.rnn.weight_hh", 4 * HIDDEN, HIDDEN),
      inputBias: weight("decoder.rnn.bias_ih", 4 * HIDDEN),
      recurrentBias: weight("decoder.rnn.bias_hh", 4 * HIDDEN),
    },
    output: weight("decoder.decoder.2.weight", 1, HIDDEN, 1),
    outputBias: weight("decoder.decoder.2.bias", 1),
  };
}

const notSilero = "The voice-activity model is not Silero 5 or 6";

function unreadable<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw new VerbatimError("internal", notSilero, { cause: thrown });
  }
}

/** A convolution's taps `from` to `to` as one matrix [taps · inputs, outputs]. */
function taps({ weight }: Convolution, from: number, to: number): Float32Array {
  const [outputs = 0, inputs = 0] = weight.dims;
  const matrix = new Float32Array((to - from) * inputs * outputs);
  let at = 0;
  for (let tap = from; tap < to; tap++)
    for (let input = 0; input < inputs; input++)
      for (let output = 0; output < outputs; output++)
        matrix[at++] = weight.data[(output * inputs + input) * 3 + tap] as number;
  return matrix;
}

function transpose(matrix: Float32Array, height: number, width: number): Float32Array {
  const turned = new Float32Array(matrix.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) turned[x * height + y] = matrix[y * width + x] as number;
  return turned;
}

/** PyTorch keeps an LSTM's gates as input, forget, cell, output; ONNX as input, output, forget, cell. */
function reorderGates(data: Float32Array): Float32Array {
  const gate = (n: number) => data.subarray((n * data.length) / 4, ((n + 1) * data.length) / 4);
  return concat(gate(0), gate(3), gate(1), gate(2));
}

function concat(...parts: Float32Array[]): Float32Array {
  return new Float32Array(Bun.concatArrayBuffers(parts));
}
