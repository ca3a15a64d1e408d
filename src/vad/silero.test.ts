import { expect, test } from "bun:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { clip } from "../../test/data.ts";
import { assetFile, assetFolder } from "../assets/assets.ts";
import { loadModel, type Shaped } from "../onnx/runtime.ts";
import { CONTEXT_SAMPLES, HIDDEN, ROW_SAMPLES, sileroGraph } from "./silero.ts";
import { FRAME_SAMPLES } from "./speech.ts";

/** Real speech: 11 s of 16-bit PCM at 16 kHz after a header of 78 bytes. */
const wav = await Bun.file(clip("containers_jfk/jfk.wav").file).arrayBuffer();
const pcm = Float32Array.from(new Int16Array(wav.slice(78)), (sample) => sample / 32768);

/** One row per frame: 64 samples of context and the frame. */
function rowsOf(samples: Float32Array): Float32Array {
  const frames = Math.floor(samples.length / FRAME_SAMPLES);
  const rows = new Float32Array(frames * ROW_SAMPLES);
  for (let f = 0; f < frames; f++) {
    const from = f * FRAME_SAMPLES - CONTEXT_SAMPLES;
    rows.set(samples.subarray(Math.max(0, from), from + ROW_SAMPLES), f * ROW_SAMPLES + Math.max(0, -from));
  }
  return rows;
}

/** The published graph, one frame after the other, through onnxruntime-node's own door. */
async function published(file: Uint8Array, rows: Float32Array): Promise<number[]> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const sr = new Tensor("int64", BigInt64Array.of(16_000n), []);
  let state = new Tensor("float32", new Float32Array(2 * HIDDEN), [2, 1, HIDDEN]);
  const probabilities: number[] = [];
  for (let at = 0; at < rows.length; at += ROW_SAMPLES) {
    const input = new Tensor("float32", rows.slice(at, at + ROW_SAMPLES), [1, ROW_SAMPLES]);
    const { output, stateN } = await session.run({ input, state, sr });
    probabilities.push(output?.data[0] as number);
    state = stateN as typeof state;
  }
  return probabilities;
}

function ours(file: Uint8Array, rows: Float32Array, framesPerRun: number): Float32Array {
  const model = loadModel(assetFolder("onnxruntime"), sileroGraph(file));
  const probabilities = new Float32Array(rows.length / ROW_SAMPLES);
  let [hidden, cell, hiddenAfter, cellAfter] = Array.from({ length: 4 }, () => new Float32Array(HIDDEN)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const state = (array: Float32Array): Shaped => [array, 1, 1, HIDDEN];
  for (let f = 0; f < probabilities.length; f += framesPerRun) {
    const out = probabilities.subarray(f, f + framesPerRun);
    const frames = rows.subarray(f * ROW_SAMPLES, (f + out.length) * ROW_SAMPLES);
    model.run(
      { frames: [frames, out.length, ROW_SAMPLES], hidden: state(hidden), cell: state(cell) },
      { probabilities: [out, out.length, 1, 1, 1], hiddenAfter: state(hiddenAfter), cellAfter: state(cellAfter) },
    );
    [hidden, hiddenAfter] = [hiddenAfter, hidden];
    [cell, cellAfter] = [cellAfter, cell];
  }
  model.close();
  return probabilities;
}

const versions = {
  silero_vad_v5: "2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f",
  silero_vad_v6: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
};

for (const [name, sha256] of Object.entries(versions)) {
  test(`${name} gives the published graph's probabilities, however many frames run at once`, async () => {
    const file = await assetFile("vad", `${name}.onnx`).bytes();
    expect(new Bun.CryptoHasher("sha256").update(file).digest("hex")).toBe(sha256);
    const rows = rowsOf(pcm);
    const expected = await published(file, rows);
    expect(Math.max(...expected)).toBeGreaterThan(0.9);
    expect(Math.min(...expected)).toBeLessThan(0.1);
    for (const framesPerRun of [1, 7, 64]) {
      const found = ours(file, rows, framesPerRun);
      expect(found.length).toBe(expected.length);
      const difference = Math.max(...expected.map((probability, i) => Math.abs(probability - (found[i] as number))));
      expect(difference).toBeLessThan(1e-4);
    }
  });
}

test("another model is refused", async () => {
  const legacy = await assetFile("vad", "silero_vad_legacy.onnx").bytes();
  expect(() => sileroGraph(legacy)).toThrow("not Silero");
  expect(() => sileroGraph(new Uint8Array([1, 2, 3]))).toThrow("not Silero");
  expect(() => sileroGraph(new Uint8Array())).toThrow("not Silero");
  const whole = await assetFile("vad", "silero_vad_v6.onnx").bytes();
  expect(() => sileroGraph(whole.subarray(0, 100_000))).toThrow("not Silero");
});

test("a folder without the library is named in the error", () => {
  expect(() => loadModel("/nowhere", new Uint8Array())).toThrow("ONNX Runtime cannot be loaded from /nowhere");
});
