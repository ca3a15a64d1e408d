/** The wake-word thread: takes pushes as they come, in turns of a few frames, and answers each when all its frames are done. */
import type { ThreadNews } from "../ipc/led-thread.ts";
import { loadModel, type OnnxModel } from "../onnx/runtime.ts";
import { EMBEDDING_SIZE, type FeatureModels, Features, FRAME_SAMPLES, quietRoom, WINDOW } from "./features.ts";
import { Hearing, type HearingOptions } from "./hearing.ts";
import type { Answer, ToThread, Wanted } from "./messages.ts";
import type { Heard } from "./wakeword.ts";
import type { WakeWord } from "./words.ts";

declare const self: Worker;

/** Whoever came meanwhile waits no longer than about ten milliseconds. */
const FRAMES_PER_TURN = 8;

const RATE = 16_000;

interface Classifying {
  model: OnnxModel;
  input: string;
  output: string;
}

interface Push {
  ticket: number;
  pcm: Float32Array;
  done: number;
  heard: Heard[];
}

interface Stream {
  features: Features;
  words: (Wanted & { hearing: Hearing })[];
  queue: Push[];
  frames: number;
}

const say = (message: ThreadNews | Answer) => self.postMessage(message);

let runtimeFolder: string;
let models: FeatureModels;
let quiet: Features;
const classifiers = new Map<WakeWord, Classifying>();
const streams = new Map<number, Stream>();
/** Streams with work, the next one first. */
const line: Stream[] = [];
let running = false;

function open(wanted: Wanted[], options: HearingOptions, frames: number): Stream {
  const words = wanted.map((one) => ({ ...one, hearing: new Hearing(options) }));
  return { features: new Features(models, quiet), words, queue: [], frames };
}

const score = new Float32Array(1);

function listen(stream: Stream, frame: Float32Array): Heard[] {
  stream.features.push(frame);
  const at = (++stream.frames * FRAME_SAMPLES) / RATE;
  const heard: Heard[] = [];
  for (const { name, word, hearing } of stream.words) {
    const { model, input, output } = classifiers.get(word) as Classifying;
    model.run({ [input]: [stream.features.window, 1, WINDOW, EMBEDDING_SIZE] }, { [output]: [score, 1, 1] });
    const now = score[0] as number;
    if (hearing.take(now, at)) heard.push({ word: name, score: now, at });
  }
  return heard;
}

/** A few frames of one stream per turn of the event loop; then it goes to the end of the line. */
function turn(): void {
  const stream = line.shift();
  const push = stream?.queue[0];
  if (stream && push) {
    const end = Math.min(push.pcm.length, push.done + FRAMES_PER_TURN * FRAME_SAMPLES);
    for (; push.done < end; push.done += FRAME_SAMPLES)
      push.heard.push(...listen(stream, push.pcm.subarray(push.done, push.done + FRAME_SAMPLES)));
    if (push.done === push.pcm.length) {
      stream.queue.shift();
      say({ type: "answer", ticket: push.ticket, heard: push.heard });
    }
    if (stream.queue.length > 0) line.push(stream);
  }
  running = line.length > 0;
  if (running) setImmediate(() => dieOfErrors(turn));
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
  switch (message.type) {
    case "start":
      runtimeFolder = message.runtimeFolder;
      models = { mel: loadModel(runtimeFolder, message.mel), embedding: loadModel(runtimeFolder, message.embedding) };
      quiet = quietRoom(models);
      say({ type: "ready" });
      break;
    case "word":
      if (!classifiers.has(message.word))
        classifiers.set(message.word, { model: loadModel(runtimeFolder, message.model), ...message.names });
      break;
    case "open":
      streams.set(message.id, open(message.wanted, message.options, message.frames));
      break;
    case "push": {
      const stream = streams.get(message.id);
      if (!stream) break;
      stream.queue.push({ ticket: message.ticket, pcm: message.pcm, done: 0, heard: [] });
      if (stream.queue.length === 1) line.push(stream);
      break;
    }
    case "end": {
      const stream = streams.get(message.id);
      if (stream && message.when === "now") stream.queue = [];
      // What is still in the line is done from there.
      streams.delete(message.id);
      break;
    }
    case "close":
      for (const { model } of classifiers.values()) model.close();
      models.mel.close();
      models.embedding.close();
      process.exit(0);
  }
  if (running || line.length === 0) return;
  running = true;
  setImmediate(() => dieOfErrors(turn));
}

self.onmessage = ({ data }: MessageEvent<ToThread>) => dieOfErrors(() => take(data));
