/** The VAD thread: takes pushes as they come and answers each when all its frames are done. */

import type { ThreadNews } from "../ipc/led-thread.ts";
import { loadModel, type OnnxModel, type Shaped } from "../onnx/runtime.ts";
import { unpack } from "./bundle.ts";
import type { Answers, ToThread } from "./messages.ts";
import { HIDDEN, ROW_SAMPLES, sileroGraph } from "./silero.ts";
import { type Answer, type Network, Streams } from "./streams.ts";

declare const self: Worker;

const say = (message: ThreadNews | Answers) => self.postMessage(message);

let streams: Streams;
let model: OnnxModel;
let running = false;

function start(runtimeFolder: string, file: Uint8Array): void {
  model = loadModel(runtimeFolder, sileroGraph(file));
  streams = new Streams(network);
  say({ type: "ready" });
}

const network: Network = (frames, count, { rows, hidden, cell, probabilities, hiddenAfter, cellAfter }) => {
  const total = frames * count;
  const state = (array: Float32Array): Shaped => [array.subarray(0, count * HIDDEN), 1, count, HIDDEN];
  model.run(
    { frames: [rows.subarray(0, total * ROW_SAMPLES), total, ROW_SAMPLES], hidden: state(hidden), cell: state(cell) },
    {
      probabilities: [probabilities.subarray(0, total), frames, 1, count, 1],
      hiddenAfter: state(hiddenAfter),
      cellAfter: state(cellAfter),
    },
  );
};

/** One batch per turn of the event loop, so that live audio that arrives meanwhile is in the next one. */
function turn(): void {
  const answers = streams.step();
  if (answers.length > 0) tell(answers);
  running = streams.busy;
  if (running) setImmediate(() => dieOfErrors(turn));
}

/** Many answers in few objects: each object of a message costs as much as a frame. */
function tell(answers: readonly Answer[]): void {
  say({
    type: "answers",
    tickets: Float64Array.from(answers, ({ ticket }) => ticket),
    counts: Uint32Array.from(answers, ({ probabilities }) => probabilities.length),
    probabilities: new Float32Array(Bun.concatArrayBuffers(answers.map(({ probabilities }) => probabilities))),
  });
}

/** The detector starts another thread; an error that happens again is for it to report. */
function dieOfErrors(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    say({ type: "failed", reason: thrown instanceof Error ? thrown.message : String(thrown) });
    process.exit(1);
  }
}

function take(message: ToThread): void {
  if (message.type === "start") start(message.runtimeFolder, message.model);
  else if (message.type === "push")
    unpack(message.heads, message.pcm, (id, ticket, pcm) => streams.push(id, ticket, pcm));
  else if (message.type === "end") streams.end(message.id, message.when);
  else {
    model.close();
    process.exit(0);
  }
  if (running || !streams.busy) return;
  running = true;
  setImmediate(() => dieOfErrors(turn));
}

self.onmessage = ({ data }: MessageEvent<ToThread>) => dieOfErrors(() => take(data));
