/** What was said, as the page shows and saves it, whether it was heard live or came in a file. */
import { toSrt } from "../text/srt.ts";
import type { Segment, Transcript } from "../text/transcript.ts";
import { toVtt } from "../text/vtt.ts";
import { clock } from "./clock.ts";

export interface SpokenWord {
  text: string;
  /** Seconds. */
  from: number;
  to: number;
  /** 0..1 */
  confidence: number;
}

export interface Paragraph {
  from: number;
  to: number;
  words: SpokenWord[];
  /** Number of the channel, from 1, where there are several. */
  channel?: number;
  speaker?: number;
}

export const SAVED_FORMATS = ["txt", "srt", "vtt", "json"] as const;
export type SavedFormat = (typeof SAVED_FORMATS)[number];

/** Below this a word is marked as doubtful. */
export const DOUBTFUL = 0.5;

export function paragraphText({ words }: Paragraph): string {
  return words.map(({ text }) => text).join(" ");
}

/** Who speaks, where that is known. */
export function voiceOf({ channel, speaker }: Paragraph): string | undefined {
  if (channel !== undefined) return `Channel ${channel}`;
  return speaker === undefined ? undefined : `Speaker ${speaker + 1}`;
}

/** The file to save. */
export function saved(paragraphs: readonly Paragraph[], format: SavedFormat): string {
  if (format === "srt") return toSrt(asTranscript(paragraphs));
  if (format === "vtt") return toVtt(asTranscript(paragraphs));
  if (format === "json") return `${JSON.stringify({ paragraphs: paragraphs.map(withText) }, null, 2)}\n`;
  return paragraphs.map(asLine).join("\n\n").concat("\n");
}

function withText(paragraph: Paragraph): object {
  return { text: paragraphText(paragraph), ...paragraph };
}

function asLine(paragraph: Paragraph): string {
  const voice = voiceOf(paragraph);
  return `[${clock(paragraph.from)}] ${voice === undefined ? "" : `${voice}: `}${paragraphText(paragraph)}`;
}

/** In the words of src/text/, which breaks subtitles for the server too. */
function asTranscript(paragraphs: readonly Paragraph[]): Transcript {
  const channels = Math.max(1, ...paragraphs.map(({ channel = 1 }) => channel));
  return {
    channels: Array.from({ length: channels }, (_, i) => ({
      segments: paragraphs.filter(({ channel = 1 }) => channel === i + 1).map(asSegment),
    })),
    language: "",
    duration: Math.max(0, ...paragraphs.map(({ to }) => to)),
    task: "transcribe",
    model: "",
  };
}

function asSegment(paragraph: Paragraph): Segment {
  const { from, to, words } = paragraph;
  return {
    text: ` ${paragraphText(paragraph)}`,
    from,
    to,
    words,
    tokens: [],
    temperature: 0,
    averageLogProbability: 0,
    noSpeechProbability: 0,
    compressionRatio: 1,
    windowStart: 0,
  };
}
