/** What a stream's client is told, message by message: https://developers.deepgram.com/reference/speech-to-text/listen-streaming */
import { type FormatOptions, formatWords } from "../../../text/formatting/format.ts";
import type { Word } from "../../../text/transcript.ts";
import { type Float, float } from "../json.ts";
import type { ModelInfo } from "../model.ts";
import type { Warning } from "../warnings.ts";
import {
  bareWords,
  confidenceOf,
  languagesOf,
  type ReplyWord,
  replyWord,
  searchReply,
  transcriptText,
  type WordShape,
} from "../words.ts";
import type { Saying } from "./timeline.ts";

/** What holds for a whole stream. */
export interface StreamFacts {
  requestId: string;
  created: Date;
  model: ModelInfo & { uuid: string };
  shape: WordShape;
  search: readonly string[];
  extra: Readonly<Record<string, string>>;
  tags: readonly string[];
  warnings: readonly Warning[];
}

interface Place {
  channel: number;
  channels: number;
}

type Results = Extract<Saying, { type: "results" }>;

/** The words of a result as the client wants them; those of an interim one are a draft. */
export function formatted({ words, isFinal, language }: Results, options: FormatOptions): Word[] {
  const spoken = language === undefined ? words : words.map((word) => ({ language, ...word }));
  const { redaction } = options;
  const held = redaction && !isFinal ? { redaction: redaction.draft() } : {};
  return formatWords(spoken, { ...options, ...(language ? { language } : {}), ...held });
}

export interface ResultsMessage extends Place {
  results: Results;
  /** Formatted. */
  words: readonly Word[];
  utteranceId: string;
  now: Date;
}

export function resultsMessage(facts: StreamFacts, message: ResultsMessage): string {
  const { results, words, channel, channels, utteranceId, now } = message;
  const { requestId, model, extra, shape, search } = facts;
  const { uuid, ...info } = model;
  const bare = search.length > 0 ? bareWords(words) : [];
  return JSON.stringify({
    type: "Results",
    channel_index: [channel, channels],
    duration: float(results.end - results.start),
    start: float(results.start),
    is_final: results.isFinal,
    speech_final: results.speechFinal,
    channel: {
      alternatives: [alternative(words, shape)],
      ...(search.length > 0 ? { search: search.map((query) => searchReply(bare, query)) } : {}),
    },
    metadata: {
      request_id: requestId,
      model_info: info,
      model_uuid: uuid,
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    },
    from_finalize: results.fromFinalize,
    // What Lightning Whisper MLX's clients look for.
    request_id: requestId,
    utterance_id: utteranceId,
    timestamp: now.toISOString().replace("Z", "000+00:00"),
  });
}

interface Alternative {
  transcript: string;
  confidence: Float;
  languages?: string[];
  words: ReplyWord[];
}

function alternative(words: readonly Word[], shape: WordShape): Alternative {
  return {
    transcript: transcriptText(words, shape),
    confidence: float(confidenceOf(words)),
    ...(shape.languages ? { languages: languagesOf(words) } : {}),
    words: words.map((word) => replyWord(word, shape)),
  };
}

export function speechStartedMessage({ channel, channels }: Place, at: number): string {
  return JSON.stringify({ type: "SpeechStarted", channel: [channel, channels], timestamp: float(at) });
}

export function utteranceEndMessage({ channel, channels }: Place, lastWord: number): string {
  return JSON.stringify({ type: "UtteranceEnd", channel: [channel, channels], last_word_end: float(lastWord) });
}

/** The last message. A stream without audio names no model: none was used. */
export function metadataMessage(
  facts: StreamFacts,
  { seconds, channels }: { seconds: number; channels: number },
): string {
  const { requestId, created, model, extra, tags, warnings } = facts;
  const { uuid, ...info } = model;
  return JSON.stringify({
    type: "Metadata",
    transaction_key: "deprecated",
    request_id: requestId,
    // A stream's bytes are not kept, and clients may have been here for hours.
    sha256: "incomplete",
    created: created.toISOString(),
    duration: float(seconds),
    channels,
    ...(seconds > 0 ? { models: [uuid], model_info: { [uuid]: info } } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  });
}

export interface ErrorMessage {
  variant: string;
  description: string;
  code?: string;
  /** What the client had sent. */
  message?: string;
}

/** Something that was not understood; the stream goes on. */
export function errorMessage({ variant, description, code, message }: ErrorMessage): string {
  return JSON.stringify({
    type: "Error",
    variant,
    description,
    ...(message === undefined ? {} : { message }),
    ...(code === undefined ? {} : { code }),
  });
}

export function configuredMessage(requestId: string, keyterms: readonly string[]): string {
  return JSON.stringify({ type: "ConfigureSuccess", request_id: requestId, keyterms });
}

/** Why a wish to configure is refused: one of Deepgram's codes, or ours for a wish that no server could read. */
export interface ConfigureRefusal {
  code: "CONFIGURE_KEYTERM_LIMIT_EXCEEDED" | "CONFIGURE_INVALID";
  description: string;
}

export function notConfiguredMessage(requestId: string, { code, description }: ConfigureRefusal): string {
  return JSON.stringify({ type: "ConfigureFailure", request_id: requestId, code, description });
}
