/** OpenAI's parameters → our options, with OpenAI's complaint about a bad one. */
import { VerbatimError } from "../../error.ts";
import { parseLanguage } from "../../text/languages.ts";
import type { RegionOptions } from "../../vad/speech.ts";
import { Form } from "./form.ts";
import { invalid, numberIn, oneOf, shown } from "./values.ts";

export const FORMATS = ["json", "text", "srt", "verbose_json", "vtt"] as const;
type Format = (typeof FORMATS)[number];

export interface SpeechRequest {
  task: "transcribe" | "translate";
  /** As the client wrote it. */
  model?: string;
  format: Format;
  stream: boolean;
  logprobs: boolean;
  /** `segments` of the reply; subtitles are made of segments whatever this says. */
  segments: boolean;
  words: boolean;
  /** A code, or `auto`; absent: as the server's settings say. */
  language?: string;
  /** Detection is restricted to these. */
  languages?: string[];
  prompt?: string;
  keyterms?: string[];
  /** Absent: 0 with fallback to higher ones. */
  temperature?: number;
  vad?: Partial<RegionOptions>;
  /** Parakeet's clients send fields of their own here: whether the reply's `timestamps` hold any. Absent: there are none. */
  timestamps?: boolean;
  /** Fields that have no effect here. */
  ignored: string[];
}

/** Reads the fields of a transcription or translation; throws `bad-parameter` for a value that OpenAI would refuse. */
export function readSpeechRequest(
  task: SpeechRequest["task"],
  fields: readonly (readonly [name: string, value: string])[],
): SpeechRequest {
  const form = new Form(fields);
  const model = form.one("model");
  const granularities = form.list("timestamp_granularities");
  for (const item of granularities) oneOf("timestamp_granularities", item, ["word", "segment"]);
  const include = form.list("include");
  for (const item of include) oneOf("include", item, ["logprobs"]);
  const format = readFormat(form.one("response_format"));
  const verbose = format === "verbose_json";
  const language = readLanguage("language", form.one("language"));
  const languages = form
    .list("languages")
    .flatMap((item) => readLanguage("languages", item) ?? [])
    .filter((code) => code !== "auto");
  const prompt = form.one("prompt");
  const keyterms = form.list("keywords");
  const temperature = readTemperature(form.one("temperature"));
  const vad = readChunking(form.object("chunking_strategy"));
  const timestamps = form.one("include_timestamps");
  const isParakeet = form.one("should_chunk") !== undefined || timestamps !== undefined;
  return {
    task,
    format,
    stream: readBoolean("stream", form.one("stream")),
    logprobs: include.length > 0,
    segments: verbose && (granularities.length === 0 || granularities.includes("segment")),
    // The API documents no words for translations and gives none.
    words: verbose && task === "transcribe" && granularities.includes("word"),
    ...(model === undefined ? {} : { model }),
    ...(language === undefined ? {} : { language }),
    ...(languages.length === 0 ? {} : { languages }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(keyterms.length === 0 ? {} : { keyterms }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(vad === undefined ? {} : { vad }),
    ...(isParakeet ? { timestamps: readBoolean("include_timestamps", timestamps) } : {}),
    ignored: form.unread(),
  };
}

function readFormat(text = "json"): Format {
  if (text === "diarized_json")
    throw new VerbatimError(
      "bad-parameter",
      "response_format 'diarized_json' needs speaker recognition, which this server does not have.",
      {
        parameter: "response_format",
        reason: "unsupported",
      },
    );
  return oneOf("response_format", text, FORMATS);
}

function readLanguage(parameter: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const language = parseLanguage(text);
  if (language !== undefined) return language;
  throw new VerbatimError(
    "bad-parameter",
    `Invalid language '${shown(text)}'. Language parameter must be specified in ISO-639-1 format.`,
    { parameter, reason: "language-format" },
  );
}

function readTemperature(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return numberIn("temperature", text, 0, 1) || undefined;
}

function readBoolean(parameter: string, text = "false"): boolean {
  const yes = ["true", "1", "yes", "on"].includes(text.toLowerCase());
  if (!yes && !["false", "0", "no", "off", "null"].includes(text.toLowerCase()))
    throw invalid(parameter, text, "Expected 'true' or 'false'.");
  return yes;
}

/** `auto`, or a server_vad object whose values are those of our own voice-activity detection. */
function readChunking(given: Record<string, unknown> | string | undefined): Partial<RegionOptions> | undefined {
  const parameter = "chunking_strategy";
  if (given === undefined || given === "auto") return undefined;
  if (typeof given === "string") throw invalid(parameter, given, "Expected 'auto' or an object of type 'server_vad'.");
  oneOf(parameter, String(given.type), ["server_vad"]);
  const number = (key: string, max: number) =>
    given[key] === undefined || given[key] === null ? undefined : numberIn(`${parameter}.${key}`, given[key], 0, max);
  const threshold = number("threshold", 1);
  const padMs = number("prefix_padding_ms", 30_000);
  const minSilenceMs = number("silence_duration_ms", 30_000);
  return {
    ...(threshold === undefined ? {} : { threshold }),
    ...(padMs === undefined ? {} : { padMs }),
    ...(minSilenceMs === undefined ? {} : { minSilenceMs }),
  };
}
