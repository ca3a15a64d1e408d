/** Streams that are pushed as microphones would, into the sessions of a recognizer put together as `serve` does, and when their events came. */
import { openAudio } from "../src/audio/open.ts";
import { defaultSettings } from "../src/config/load.ts";
import { type Engines, openEngines } from "../src/engine/engines.ts";
import type { Decoded, Job } from "../src/engine/job.ts";
import { openLog } from "../src/log/log.ts";
import { openMetrics } from "../src/metrics/metrics.ts";
import { ensureModel } from "../src/models/ensure.ts";
import type { InstalledModel } from "../src/models/model.ts";
import type { SessionEvent, SessionOptions } from "../src/recognizer/live/events.ts";
import type { Session } from "../src/recognizer/live/session.ts";
import { createRecognizer, type Recognizer } from "../src/recognizer/recognizer.ts";
import { startDetector } from "../src/vad/detector.ts";
import { regionOptions } from "../src/vad/regions.ts";
import type { SpeechDetector, SpeechStream } from "../src/vad/speech.ts";
import { RATE } from "./clips.ts";
import { Durations } from "./live-figures.ts";
import { FRAME } from "./live-speech.ts";

/** One decode, as an engine did it. */
export interface TracedDecode {
  lane: Job["lane"];
  /** Milliseconds since the program's start; from its arrival to its answer, waiting included. */
  began: number;
  took: number;
  /** Seconds of audio, tokens that the text had to begin with, decoder steps, milliseconds inside the engine. */
  audio: number;
  prefix: number;
  steps: number;
  cost: Record<string, number>;
  outcome: "decoded" | "failed";
}

export interface Bench {
  recognizer: Recognizer;
  model: InstalledModel;
  enginePids(): number[];
  /** From a push to its probabilities. */
  vadLags: Durations;
  decodes: TracedDecode[];
  close(): Promise<void>;
}

/** The parts of a server, with a watch on the VAD's answers and the engines' decodes. */
export async function openLiveBench(modelName: string | undefined): Promise<Bench> {
  const settings = defaultSettings(modelName === undefined ? {} : { model: modelName });
  const log = openLog({ level: "warn", format: "pretty" });
  const metrics = openMetrics();
  const model = await ensureModel(settings.model, settings, {
    log,
    signal: new AbortController().signal,
    progress: () => {},
  });
  const spool = { create: () => Promise.reject(new Error("the bench's files need no ffmpeg")) };
  const audio = openAudio({ ffmpeg: {}, spool }, log);
  const vad = await startDetector();
  const engines = openEngines({ ...settings, keepLoaded: [model.id] }, log, metrics);
  const vadLags = new Durations();
  const decodes: TracedDecode[] = [];
  const recognizer = createRecognizer({
    engines: traced(engines, decodes),
    vad: watched(vad, vadLags),
    openMedia: audio.openMedia,
    openStream: audio.openStream,
    settings: { ...settings, vad: regionOptions(settings.vad) },
    log,
    metrics,
  });
  await engines.facts(model);
  return {
    recognizer,
    model,
    vadLags,
    decodes,
    enginePids: () => engines.status().flatMap(({ pid }) => pid ?? []),
    async close() {
      await engines.close(0);
      await audio.close();
      await vad.close();
    },
  };
}

function traced(engines: Engines, decodes: TracedDecode[]): Engines {
  return {
    ...engines,
    async decode(model, job) {
      const began = performance.now();
      const note = (decoded: Decoded | undefined) => {
        const milliseconds = Object.entries(decoded?.cost ?? {}).map(([step, seconds]) => [step, 1000 * seconds]);
        decodes.push({
          lane: job.lane,
          began,
          took: performance.now() - began,
          audio: job.pcm.length / RATE,
          prefix: job.options.prefix?.length ?? 0,
          steps: decoded?.steps ?? 0,
          cost: Object.fromEntries(milliseconds),
          outcome: decoded ? "decoded" : "failed",
        });
      };
      const decoded = await engines.decode(model, job).catch((thrown) => {
        note(undefined);
        throw thrown;
      });
      note(decoded);
      return decoded;
    },
  };
}

/** Every 16th push is timed: timing all of them would cost as much as it measures. */
const SAMPLED = 16;

function watched(vad: SpeechDetector, lags: Durations): SpeechDetector {
  let pushes = 0;
  const watch = (stream: SpeechStream): SpeechStream => ({
    push(pcm) {
      const answer = stream.push(pcm);
      if (pushes++ % SAMPLED > 0) return answer;
      const began = performance.now();
      return answer.then((probabilities) => {
        if (probabilities.length > 0) lags.add(performance.now() - began);
        return probabilities;
      });
    },
    reset: () => stream.reset(),
    close: () => stream.close(),
  });
  return { open: () => watch(vad.open()), close: () => vad.close() };
}

/** An event and when it came: milliseconds after the stream's first sample was spoken. */
export interface Arrival {
  event: SessionEvent;
  at: number;
}

export interface Paced {
  /** Of each stream. */
  arrivals: Arrival[][];
  /** How much later than it should have been each tick of the clock was: what keeps the event loop busy shows here. */
  lateness: Durations;
}

/** Seconds between the beginnings of two streams, and between the first and the last: nobody starts to speak at one moment everywhere. */
const STAGGER = 0.37;
const MOST_STAGGER = 5;
const FRAME_MS = 20;
/** Frames are pushed by the clock's next tick: a timer for every frame of 800 streams would cost more than the sessions. */
const TICK_MS = 2;

/** Samples of a stream that is as long as wanted. */
export interface Source {
  frames: number;
  frame(index: number): Float32Array;
}

/** A recording as frames; the last one may be shorter. */
export function sourceOf(pcm: Float32Array): Source {
  const frames = Math.ceil(pcm.length / FRAME);
  return { frames, frame: (index) => pcm.subarray(index * FRAME, (index + 1) * FRAME) };
}

/** A recording from some place on, over and over. */
export function loopOf(pcm: Float32Array, seconds: number, offset: number): Source {
  const whole = Math.floor(pcm.length / FRAME);
  const frame = (index: number) => {
    const at = ((index + offset) % whole) * FRAME;
    return pcm.subarray(at, at + FRAME);
  };
  return { frames: Math.round(seconds * 50), frame };
}

/** Opens a session per source and pushes its frames of 20 ms when their last sample would have been spoken, by an absolute clock. */
export async function pace(bench: Bench, sources: readonly Source[], options: Partial<SessionOptions>): Promise<Paced> {
  const { recognizer, model } = bench;
  const lateness = new Durations();
  const stagger = 1000 * Math.min(STAGGER, MOST_STAGGER / sources.length);
  const streams = sources.map((source, i) => {
    const start = stagger * i;
    const session = recognizer.openSession({ model, task: "transcribe", client: `stream ${i}`, ...options });
    return { source, session, start, next: 0, arrivals: [] as Arrival[] };
  });
  const began = performance.now();
  const readers = streams.map(({ session, start, arrivals }) => read(session, began + start, arrivals));
  const closing: Promise<void>[] = [];
  let open = streams;
  for (let tick = 1; open.length > 0; tick++) {
    const due = began + tick * TICK_MS;
    const wait = due - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    lateness.add(Math.max(0, performance.now() - due));
    for (const stream of open) {
      const { source, session, start } = stream;
      const frames = Math.min(source.frames, Math.floor((tick * TICK_MS - start) / FRAME_MS));
      while (stream.next < frames) session.push([source.frame(stream.next++)]);
      if (stream.next === source.frames) closing.push(session.close());
    }
    open = open.filter(({ source, next }) => next < source.frames);
  }
  await Promise.all([...closing, ...readers]);
  return { arrivals: streams.map(({ arrivals }) => arrivals), lateness };
}

async function read(session: Session, began: number, arrivals: Arrival[]): Promise<void> {
  for await (const event of session.events) arrivals.push({ event, at: performance.now() - began });
}
