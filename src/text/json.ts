import { channelText } from "./plain.ts";
import type { Segment, Transcript, Word } from "./transcript.ts";

/** The command line's JSON; docs/transcript-json.md describes it. `version` goes up when a field changes its meaning or goes. */
export interface TranscriptJson {
  version: 1;
  file: string;
  model: string;
  task: "transcribe" | "translate";
  language: string;
  languageProbability?: number;
  duration: number;
  text: string;
  channels: { language?: string; text: string; segments: SegmentJson[] }[];
}

interface SegmentJson {
  from: number;
  to: number;
  text: string;
  words?: WordJson[];
  temperature: number;
  averageLogProbability: number;
  noSpeechProbability: number;
  compressionRatio: number;
  windowStart: number;
}

type WordJson = Pick<Word, "text" | "from" | "to" | "confidence">;

/** The transcript of one file, with the name that the user gave it, and its words when they are wanted. */
export function toJson(transcript: Transcript, { file, words }: { file: string; words: boolean }): TranscriptJson {
  const { model, task, language, languageProbability, duration } = transcript;
  const channels = transcript.channels.map((channel) => ({
    ...(channel.language === undefined ? {} : { language: channel.language }),
    text: channelText(channel),
    segments: channel.segments.map((segment) => segmentJson(segment, words)),
  }));
  return {
    version: 1,
    file,
    model,
    task,
    language,
    ...(languageProbability === undefined ? {} : { languageProbability: round(languageProbability) }),
    duration: round(duration),
    text: channels.map(({ text }) => text).join("\n"),
    channels,
  };
}

function segmentJson(segment: Segment, words: boolean): SegmentJson {
  return {
    from: round(segment.from),
    to: round(segment.to),
    text: segment.text.trim(),
    ...(words ? { words: segment.words.map(wordJson) } : {}),
    temperature: round(segment.temperature),
    averageLogProbability: round(segment.averageLogProbability),
    noSpeechProbability: round(segment.noSpeechProbability),
    compressionRatio: round(segment.compressionRatio),
    windowStart: round(segment.windowStart),
  };
}

function wordJson({ text, from, to, confidence }: Word): WordJson {
  return { text, from: round(from), to: round(to), confidence: round(confidence) };
}

/** Milliseconds and thousandths are as fine as anything here is true. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
