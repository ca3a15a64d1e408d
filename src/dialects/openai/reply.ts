/**
 * Our transcript → OpenAI's bodies. Key order, tails and rounding are those of recorded replies (golden/); numbers are
 * float32 as theirs, which is why 0.32 reads 0.3199999928474426.
 */
import { languageName } from "../../text/languages.ts";
import { channelText } from "../../text/plain.ts";
import { timestamp } from "../../text/time.ts";
import type { Segment, Token, Transcript, Word } from "../../text/transcript.ts";
import { type Timestamps, timestampsOf } from "../parakeet-times.ts";
import type { SpeechRequest } from "./options.ts";

/** What the shape of a reply depends on. */
export type ReplyShape = Pick<
  SpeechRequest,
  "task" | "format" | "segments" | "words" | "logprobs" | "model" | "timestamps"
>;

export interface Reply {
  type: string;
  body: string;
}

const TEXT = "text/plain; charset=utf-8";

/** The body of a reply that is not streamed. */
export function reply(transcript: Transcript, shape: ReplyShape): Reply {
  if (shape.format === "text") return { type: TEXT, body: `${transcriptText(transcript)}\n` };
  if (shape.format === "srt") return { type: TEXT, body: toSrt(segmentsOf(transcript)) };
  if (shape.format === "vtt") return { type: TEXT, body: toVtt(segmentsOf(transcript)) };
  const body = shape.format === "verbose_json" ? toVerbose(transcript, shape) : toPlainJson(transcript, shape);
  return { type: "application/json", body: JSON.stringify(body) };
}

/** All that was said, without the space before it. */
export function transcriptText(transcript: Transcript): string {
  const [channel] = transcript.channels;
  return channel ? channelText(channel) : "";
}

/** Seconds of audio, silence included, begun ones counted whole. Translations are not counted. */
export function usageOf({ task, duration }: Transcript): { usage?: { type: "duration"; seconds: number } } {
  return task === "translate" ? {} : { usage: { type: "duration", seconds: Math.ceil(float(duration)) } };
}

export interface Logprob {
  token: string;
  logprob: number;
  /** The token's own, which may be a part of a character. */
  bytes: number[];
}

/** The probability of each token of text. */
export function logprobsOf(tokens: readonly Token[]): Logprob[] {
  return tokens
    .filter((token) => !isSpecial(token))
    .map(({ bytes, logProbability }) => ({
      token: new TextDecoder().decode(bytes),
      logprob: finite(logProbability),
      bytes: Array.from(bytes),
    }));
}

/** The keys of `verbose_json` that come after `text`. */
export function details(transcript: Transcript, shape: ReplyShape): { segments?: unknown[]; words?: unknown[] } {
  const segments = segmentsOf(transcript);
  return {
    ...(shape.segments ? { segments: segments.map((segment, id) => toSegment(segment, id, shape.words)) } : {}),
    ...(shape.words ? { words: segments.flatMap(({ words }) => words.flatMap(toWord)) } : {}),
  };
}

/** `language` and `duration` as `verbose_json` says them; what a translation's text is written in is English. */
export function facts(transcript: Transcript): { language: string; duration: number } {
  const language = transcript.task === "translate" ? "english" : languageName(transcript.language);
  return { language, duration: float(transcript.duration) };
}

function toPlainJson(transcript: Transcript, shape: ReplyShape): object {
  return {
    text: transcriptText(transcript),
    // The newest model's clients learn from this what was detected.
    ...(shape.model === "gpt-transcribe"
      ? { languages: transcript.language ? [{ code: transcript.language }] : [] }
      : {}),
    ...(shape.logprobs ? { logprobs: logprobsOf(segmentsOf(transcript).flatMap(({ tokens }) => tokens)) } : {}),
    ...parakeetTimes(transcript, shape),
    ...usageOf(transcript),
  };
}

function toVerbose(transcript: Transcript, shape: ReplyShape): object {
  return {
    task: shape.task,
    ...facts(transcript),
    text: transcriptText(transcript),
    ...details(transcript, shape),
    ...parakeetTimes(transcript, shape),
    ...usageOf(transcript),
  };
}

/** For who asks OpenAI's path as Parakeet's server was asked: null is what its clients get who want no times. */
function parakeetTimes(transcript: Transcript, { timestamps }: ReplyShape): { timestamps?: Timestamps | null } {
  if (timestamps === undefined) return {};
  return { timestamps: timestamps ? timestampsOf(transcript) : null };
}

function toSegment(segment: Segment, id: number, snap: boolean): object {
  const { from, to } = (snap && bounds(segment.words)) || segment;
  return {
    id,
    // Frames of 10 ms.
    seek: Math.round(segment.windowStart * 100),
    start: float(from),
    end: float(to),
    text: segment.text,
    tokens: segment.tokens.map((token) => token.id),
    temperature: float(segment.temperature),
    avg_logprob: float(segment.averageLogProbability),
    compression_ratio: float(segment.compressionRatio),
    no_speech_prob: float(segment.noSpeechProbability),
  };
}

function bounds(words: readonly Word[]): { from: number; to: number } | undefined {
  const [first] = words;
  const last = words.at(-1);
  return first && last && { from: first.from, to: last.to };
}

// Punctuation that Whisper joins to words (openai/whisper, timing.py) and some more of its kind; signs that are spoken
// (%, &, +, #, currencies) stay.
const OUTER =
  /^[\s"'“”‘’«»‹›¿¡([{<\-–—.,!?:;…、。，！？：；（）「」『』《》【】]+|[\s"'“”‘’«»‹›)\]}>\-–—.,!?:;…、。，！？：；（）「」『』《》【】]+$/gu;

function toWord({ text, from, to }: Word): object[] {
  const word = text.replace(OUTER, "");
  return word === "" ? [] : [{ word, start: float(from), end: float(to) }];
}

function toSrt(segments: readonly Segment[]): string {
  const cues = segments.map((segment, i) => `${i + 1}\n${toCue(segment, ",")}`);
  return `${cues.join("")}\n`;
}

function toVtt(segments: readonly Segment[]): string {
  return `WEBVTT\n\n${segments.map((segment) => toCue(segment, ".")).join("")}`;
}

function toCue({ from, to, text }: Segment, separator: "," | "."): string {
  // A reader takes the arrow for a time line, and an empty line for the cue's end.
  const line = text
    .trim()
    .replaceAll("-->", "->")
    .replace(/\s*\n\s*/g, " ");
  return `${timestamp(from, separator)} --> ${timestamp(to, separator)}\n${line}\n\n`;
}

function segmentsOf(transcript: Transcript): readonly Segment[] {
  return transcript.channels[0]?.segments ?? [];
}

/** Timestamps and control tokens, as whisper.cpp (`[_TT_50]`) and the vocabulary (`<|0.00|>`) write them. */
function isSpecial({ bytes }: Token): boolean {
  return /^(\[_.+\]|<\|.*\|>)$/.test(new TextDecoder().decode(bytes));
}

function float(number: number): number {
  return Math.fround(finite(number));
}

/** JSON has no NaN; `null` in its place breaks typed clients. */
function finite(number: number): number {
  return Number.isFinite(number) ? number : 0;
}
