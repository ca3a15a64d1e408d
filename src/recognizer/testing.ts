/** What the tests of this folder share: a whole recognizer over the real engine, real speech, and a plain word error rate. */
import { clip } from "../../test/data.ts";
import type { MediaSource } from "../audio/media.ts";
import { openAudio } from "../audio/open.ts";
import type { Engines } from "../engine/engines.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { openTestEngines, testModel } from "../engine/testing.ts";
import { silentLog } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { InstalledModel } from "../models/model.ts";
import type { Segment, Transcript, Word } from "../text/transcript.ts";
import { startDetector } from "../vad/detector.ts";
import { defaultRegions } from "../vad/regions.ts";
import {
  createRecognizer,
  type DecodeSettings,
  type DecodingStatistics,
  type Recognizer,
  type RecognizerParts,
  type TranscribeEvent,
  type TranscribeOptions,
} from "./recognizer.ts";

export interface TestRecognizer extends AsyncDisposable {
  recognizer: Recognizer;
  parts: RecognizerParts;
  engines: Engines;
  metrics: Metrics;
  model: InstalledModel;
}

/** A recognizer with two workers, closed at the end of the scope. */
export async function openTestRecognizer(more: Partial<DecodeSettings> = {}): Promise<TestRecognizer> {
  const spool = { create: () => Promise.reject(new Error("these tests need no ffmpeg")) };
  const { engines, metrics } = openTestEngines({ workers: 2 });
  const audio = openAudio({ ffmpeg: {}, spool }, silentLog);
  const vad = await startDetector();
  const decode = { beamSize: 1, liveBeamSize: 3, bestOf: 5, temperature: 0, temperatureStep: 0.2, ...more };
  const parts = {
    engines,
    vad,
    openMedia: audio.openMedia,
    openStream: audio.openStream,
    settings: { vad: defaultRegions, decode, liveMemory: 0 },
    log: silentLog,
    metrics,
  };
  const recognizer = createRecognizer(parts);
  return {
    recognizer,
    parts,
    engines,
    metrics,
    model: await testModel(),
    async [Symbol.asyncDispose]() {
      await recognizer.closeSessions(0);
      await engines.close(0);
      await audio.close();
      await vad.close();
    },
  };
}

export interface Outcome {
  transcript: Transcript;
  statistics: DecodingStatistics;
  events: TranscribeEvent[];
  text: string;
  segments: Segment[];
  words: Word[];
}

/** Runs a file to its end. */
export async function transcribeAll(
  { recognizer, model }: TestRecognizer,
  source: MediaSource,
  options: Partial<TranscribeOptions> = {},
  signal?: AbortSignal,
): Promise<Outcome> {
  const events: TranscribeEvent[] = [];
  const all = {
    model,
    task: "transcribe",
    words: true,
    segments: true,
    channels: "mono",
    client: "test",
    ...options,
  } as const;
  for await (const event of recognizer.transcribe(source, all, signal)) events.push(event);
  const last = events.at(-1);
  if (last?.type !== "transcript") throw new Error("the last event is no transcript");
  const { transcript, statistics } = last;
  const segments = transcript.channels.flatMap((channel) => channel.segments);
  const text = segments.map((segment) => segment.text).join("");
  return { transcript, statistics, events, text, segments, words: segments.flatMap(({ words }) => words) };
}

/** A committed recording. */
export function recording(path: string): { source: MediaSource; reference: string } {
  const { file, transcript } = clip(path);
  return { source: { path: file }, reference: transcript ?? "" };
}

/** 16 kHz float samples as a source, with the encoding to declare. */
export function rawSource(...planes: Float32Array[]): { source: MediaSource; raw: TranscribeOptions["raw"] & object } {
  const length = planes[0]?.length ?? 0;
  const samples = new Float32Array(length * planes.length);
  for (const [channel, plane] of planes.entries())
    for (let i = 0; i < length; i++) samples[i * planes.length + channel] = plane[i] ?? 0;
  return {
    source: { bytes: new Uint8Array(samples.buffer) },
    raw: { encoding: "float32", rate: SAMPLE_RATE, channels: planes.length },
  };
}

/** Samples one after the other; a number is so many seconds of silence. */
export function join16k(...parts: (Float32Array | number)[]): Float32Array {
  const pieces = parts.map((part) =>
    typeof part === "number" ? new Float32Array(Math.round(part * SAMPLE_RATE)) : part,
  );
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Edits that turn the reference into the text, over the words of the reference; case and punctuation do not count. */
export function wordErrorRate(reference: string, text: string): number {
  const words = (of: string) =>
    of
      .toLowerCase()
      .replace(/\bmister\b/g, "mr")
      .replace(/[^\p{L}\p{N}' ]/gu, " ")
      .split(/\s+/)
      .filter(Boolean);
  const from = words(reference);
  const to = words(text);
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, word] of from.entries()) {
    const next = [i + 1];
    for (const [j, other] of to.entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (word === other ? 0 : 1)));
    row = next;
  }
  return (row[to.length] ?? 0) / Math.max(1, from.length);
}
