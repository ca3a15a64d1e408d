/** A transcript → Deepgram's answer to a recording. Key order is that of recorded answers; what the first servers of this kind added stands at the ends. */
import { setImmediate as letOthersWork } from "node:timers/promises";
import { type FormatOptions, formatWords } from "../../../text/formatting/format.ts";
import { type Paragraph, toParagraphs } from "../../../text/paragraphs.ts";
import type { Channel, Transcript, Word } from "../../../text/transcript.ts";
import { toUtterances } from "../../../text/utterances.ts";
import { formatOptions, isDiarized, isPunctuated } from "../formatting.ts";
import { float } from "../json.ts";
import { type ModelInfo, quantization, shownId } from "../model.ts";
import type { Warning } from "../warnings.ts";
import {
  bareWords,
  confidenceOf,
  languagesOf,
  replyWord,
  searchReply,
  transcriptText,
  type WordShape,
} from "../words.ts";
import type { RecordingValues } from "./parameters.ts";
import { slicesOf } from "./slices.ts";

/** What a reply says besides the transcript. */
export interface ReplyFacts {
  requestId: string;
  created: Date;
  sha256: string;
  model: { uuid: string; info: ModelInfo };
  warnings: readonly Warning[];
  /** The request says nothing of Deepgram's: whoever sent it may know an older server of its kind. */
  plain: boolean;
}

/** A channel whose words are as they will be read. */
interface Written {
  channel: Channel;
  words: Word[];
}

/** The whole body of an answer. */
export async function recordingReply(
  transcript: Transcript,
  asked: RecordingValues,
  facts: ReplyFacts,
): Promise<string> {
  const shape: WordShape = {
    punctuated: isPunctuated(asked) || asked.paragraphs,
    languages: asked.language?.toLowerCase() === "multi" && !asked.detect_language.wanted,
    ...(isDiarized(asked) ? { speakers: "recording" } : {}),
  };
  const options = { ...formatOptions(asked, { live: false }), measurements: asked.measurements };
  const channels: Written[] = [];
  for (const channel of transcript.channels) {
    const language = channel.language ?? transcript.language;
    channels.push({ channel, words: await wordsOf(channel, { ...options, language }, asked) });
  }
  const replies: object[] = [];
  for (const [i, channel] of channels.entries()) replies.push(await channelReply(channel, i, transcript, asked, shape));
  const summary = asked.summarize === "v2" ? summaryOf(channels, shape) : undefined;
  const results = {
    channels: replies,
    ...(asked.utterances ? { utterances: utterances(channels, asked.utt_split, shape) } : {}),
    ...(summary ? { summary } : {}),
  };
  // What has its whole answer needs no excuse.
  const warnings = facts.warnings.filter(({ parameter }) => parameter !== "summarize" || summary?.result !== "success");
  return JSON.stringify({
    metadata: metadata(transcript, asked, { ...facts, warnings }),
    results,
    ...(facts.plain ? { request_id: facts.requestId, model: shownId(transcript.model) } : {}),
  });
}

async function wordsOf({ segments }: Channel, options: FormatOptions, asked: RecordingValues): Promise<Word[]> {
  const written: Word[] = [];
  const spoken = segments.flatMap((segment) => segment.words);
  for (const slice of slicesOf(spoken, options.language)) {
    for (const word of formatWords(slice, options))
      written.push(isDiarized(asked) ? { ...word, speaker: word.speaker ?? 0 } : word);
    if (slice.length < spoken.length) await letOthersWork();
  }
  return written;
}

function metadata(transcript: Transcript, asked: RecordingValues, facts: ReplyFacts): object {
  const { uuid, info } = facts.model;
  const name = shownId(transcript.model);
  return {
    transaction_key: "deprecated",
    request_id: facts.requestId,
    sha256: facts.sha256,
    created: facts.created.toISOString(),
    duration: float(transcript.duration),
    channels: transcript.channels.length,
    models: [uuid],
    model_info: { [uuid]: info },
    ...(asked.summarize === "v2" ? { summary_info: { model_uuid: uuid, input_tokens: 0, output_tokens: 0 } } : {}),
    ...(asked.tag.length > 0 ? { tags: asked.tag } : {}),
    ...(Object.keys(asked.extra).length > 0 ? { extra: asked.extra } : {}),
    ...(facts.warnings.length > 0 ? { warnings: facts.warnings } : {}),
    model: name,
    quantization: quantization(name),
    sample_rate: 16_000,
    language: transcript.language,
  };
}

async function channelReply(
  { channel, words }: Written,
  index: number,
  transcript: Transcript,
  asked: RecordingValues,
  shape: WordShape,
): Promise<object> {
  const found: object[] = [];
  const bare = asked.search.length > 0 ? bareWords(words) : [];
  for (const query of asked.search) {
    found.push(searchReply(bare, query));
    await letOthersWork();
  }
  const probability = channel.languageProbability ?? transcript.languageProbability;
  return {
    ...(asked.search.length > 0 ? { search: found } : {}),
    alternatives: [
      {
        transcript: transcriptText(words, shape),
        confidence: float(confidenceOf(words)),
        ...(shape.languages ? { languages: languagesOf(words) } : {}),
        words: words.map((word) => replyWord(word, shape)),
        ...(asked.paragraphs || asked.smart_format ? { paragraphs: paragraphs(words) } : {}),
      },
    ],
    ...(asked.detect_language.wanted
      ? {
          detected_language: channel.language ?? transcript.language,
          ...(probability === undefined ? {} : { language_confidence: float(probability) }),
        }
      : {}),
    channel_index: index,
    duration: float(channel.segments.at(-1)?.to ?? 0),
  };
}

function paragraphs(words: readonly Word[]): object {
  const found = toParagraphs(words);
  return {
    transcript: found.map((paragraph, i) => paragraphText(paragraph, found[i - 1])).join("\n"),
    paragraphs: found.map(({ sentences, from, to, words: count, speaker }) => ({
      sentences: sentences.map(({ text, from, to }) => ({ text, start: float(from), end: float(to) })),
      ...(speaker === undefined ? {} : { speaker }),
      start: float(from),
      end: float(to),
      num_words: count,
    })),
  };
}

/** Each paragraph begins with an empty line, and with its speaker where that is another one. */
function paragraphText({ sentences, speaker }: Paragraph, before: Paragraph | undefined): string {
  const text = sentences.map((sentence) => sentence.text).join(" ");
  const label = speaker === undefined || speaker === before?.speaker ? "" : `Speaker ${speaker}: `;
  return `\n${label}${text}`;
}

function utterances(channels: readonly Written[], gap: number, shape: WordShape): object[] {
  return channels
    .flatMap(({ words }, channel) => toUtterances(words, gap).map((utterance) => ({ channel, words: utterance })))
    .sort((a, b) => beginOf(a.words) - beginOf(b.words))
    .map(({ channel, words }) => ({
      start: float(beginOf(words)),
      end: float(words.at(-1)?.to ?? 0),
      confidence: float(words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length),
      channel,
      transcript: transcriptText(words, shape),
      words: words.map((word) => replyWord(word, shape)),
      ...(shape.speakers ? { speaker: words[0]?.speaker ?? 0 } : {}),
      id: crypto.randomUUID(),
    }));
}

function beginOf(words: readonly Word[]): number {
  return words[0]?.from ?? 0;
}

const LEAST_SUMMARISED = 50;

/** Deepgram's own answer to a text that is too short for a summary; a longer one is not summarised here. */
function summaryOf(channels: readonly Written[], shape: WordShape): { result: "success" | "failure"; short: string } {
  const words = channels.flatMap((channel) => channel.words);
  if (words.length >= LEAST_SUMMARISED) return { result: "failure", short: "" };
  return { result: "success", short: transcriptText(words, shape) };
}
