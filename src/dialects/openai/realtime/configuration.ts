/**
 * What a Realtime session is set to, and how a client changes it: a key that is left out keeps its value, null clears it, an object changes
 * the fields that it has. Keys of the beta (flat) and of today's shape (`audio.input`) are understood in every update.
 * https://platform.openai.com/docs/api-reference/realtime-client-events/session/update
 */
import { VerbatimError } from "../../../error.ts";
import { parseLanguage } from "../../../text/languages.ts";
import { invalid, numberIn, oneOf, shown } from "../values.ts";

export type AudioFormat = { type: "audio/pcm"; rate: number } | { type: "audio/pcmu" } | { type: "audio/pcma" };

export const DELAYS = ["minimal", "low", "medium", "high", "xhigh"] as const;
const EAGERNESS = ["low", "medium", "high", "auto"] as const;

/** Fields as they stand in the session object. */
export interface Transcription {
  model: string;
  language: string | null;
  prompt: string | null;
  languages?: string[];
  keywords?: string[];
  delay?: (typeof DELAYS)[number];
}

interface Responses {
  create_response?: boolean;
  interrupt_response?: boolean;
}

interface ServerVad extends Responses {
  type: "server_vad";
  threshold: number;
  prefix_padding_ms: number;
  silence_duration_ms: number;
  idle_timeout_ms: number | null;
}

interface SemanticVad extends Responses {
  type: "semantic_vad";
  eagerness: (typeof EAGERNESS)[number];
}

export interface Configuration {
  /** `realtime` is a conversation, of which this server does the listening. */
  type: "transcription" | "realtime";
  format: AudioFormat;
  transcription: Transcription | null;
  noiseReduction: { type: "near_field" | "far_field"; strength?: unknown } | null;
  turnDetection: ServerVad | SemanticVad | null;
  include: string[] | null;
}

export const LOGPROBS = "item.input_audio_transcription.logprobs";

const SERVER_VAD: ServerVad = {
  type: "server_vad",
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 200,
  idle_timeout_ms: null,
};

export const DEFAULTS: Configuration = {
  type: "transcription",
  format: { type: "audio/pcm", rate: 24_000 },
  transcription: null,
  noiseReduction: null,
  turnDetection: SERVER_VAD,
  include: null,
};

type Fields = Record<string, unknown>;

/** The configuration after an update; throws `bad-parameter`, which names the field below `root`. */
export function changed(before: Configuration, given: unknown, root = "session"): Configuration {
  const session = fieldsOf(root, given);
  const audio = fieldsOf(`${root}.audio`, session.audio ?? {});
  const input = fieldsOf(`${root}.audio.input`, audio.input ?? {});
  const path = (key: string) => (root === "" ? key : `${root}.${key}`);
  /** One setting by its two names; undefined in `value`: it is left out. */
  const setting = <Value>(key: string, betaKey: string, read: (given: unknown, path: string) => Value, old: Value) => {
    if (input[key] !== undefined) return read(input[key], path(`audio.input.${key}`));
    return session[betaKey] === undefined ? old : read(session[betaKey], path(betaKey));
  };
  return {
    type: session.type == null ? before.type : oneOf(path("type"), session.type, ["transcription", "realtime"]),
    format: setting("format", "input_audio_format", (value, at) => readFormat(before.format, value, at), before.format),
    transcription: setting(
      "transcription",
      "input_audio_transcription",
      (value, at) => readTranscription(before.transcription, value, at),
      before.transcription,
    ),
    noiseReduction: setting(
      "noise_reduction",
      "input_audio_noise_reduction",
      readNoiseReduction,
      before.noiseReduction,
    ),
    turnDetection: setting(
      "turn_detection",
      "turn_detection",
      (value, at) => readTurnDetection(before.turnDetection, value, at),
      before.turnDetection,
    ),
    include: readInclude(session.include, before.include),
  };
}

function readFormat(before: AudioFormat, given: unknown, path: string): AudioFormat {
  if (given === null) return DEFAULTS.format;
  if (typeof given === "string") return formatOf(path, given, 24_000);
  const { type, rate } = fieldsOf(path, given);
  const usual = before.type === "audio/pcm" ? before.rate : 24_000;
  const name = type == null ? before.type : type;
  return formatOf(`${path}.type`, name, rate == null ? usual : readRate(rate, `${path}.rate`));
}

function formatOf(path: string, name: unknown, rate: number): AudioFormat {
  if (name === "pcm16" || name === "pcm") return { type: "audio/pcm", rate };
  if (name === "g711_ulaw") return { type: "audio/pcmu" };
  if (name === "g711_alaw") return { type: "audio/pcma" };
  const type = oneOf(path, name, ["audio/pcm", "audio/pcmu", "audio/pcma"]);
  return type === "audio/pcm" ? { type, rate } : { type };
}

/** OpenAI takes 24000 alone; some clients pass on whatever their microphone has. */
function readRate(given: unknown, path: string): number {
  const rate = numberIn(path, given, 1000, 384_000);
  if (!Number.isInteger(rate)) throw invalid(path, given, "Expected a whole number.");
  return rate;
}

function readTranscription(before: Transcription | null, given: unknown, path: string): Transcription | null {
  if (given === null) return null;
  const fields = fieldsOf(path, given);
  const old = before ?? { model: "whisper-1", language: null, prompt: null };
  const text = (key: "model" | "language" | "prompt") => readText(fields[key], `${path}.${key}`);
  const language = text("language");
  if (language) checkLanguage(language, `${path}.language`);
  const prompt = text("prompt");
  const languages = readTexts(fields.languages, `${path}.languages`, old.languages);
  for (const one of languages ?? []) checkLanguage(one, `${path}.languages`);
  const keywords = readTexts(fields.keywords, `${path}.keywords`, old.keywords);
  const delay = fields.delay === undefined ? old.delay : fields.delay && oneOf(`${path}.delay`, fields.delay, DELAYS);
  return {
    model: text("model") || old.model,
    // An empty text is what forms send for nothing.
    language: language === undefined ? old.language : language || null,
    prompt: prompt === undefined ? old.prompt : prompt,
    ...(languages ? { languages } : {}),
    ...(keywords ? { keywords } : {}),
    ...(delay ? { delay } : {}),
  };
}

function checkLanguage(language: string, path: string): void {
  if (parseLanguage(language) !== undefined) return;
  const message = `Invalid language '${shown(language)}'. Language parameter must be specified in ISO-639-1 format.`;
  throw new VerbatimError("bad-parameter", message, { parameter: path, reason: "language-format" });
}

function readNoiseReduction(given: unknown, path: string): Configuration["noiseReduction"] {
  if (given === null) return null;
  const { type, strength } = fieldsOf(path, given);
  return {
    type: oneOf(`${path}.type`, type, ["near_field", "far_field"]),
    ...(strength == null ? {} : { strength }),
  };
}

function readTurnDetection(
  before: Configuration["turnDetection"],
  given: unknown,
  path: string,
): Configuration["turnDetection"] {
  if (given === null) return null;
  const fields = fieldsOf(path, given);
  // The beta's way to say null.
  if (fields.type === "none") return null;
  const usual = before?.type ?? "server_vad";
  const type = fields.type == null ? usual : oneOf(`${path}.type`, fields.type, ["server_vad", "semantic_vad"]);
  const responses = { ...readResponses(before ?? {}), ...readResponses(fields) };
  if (type === "semantic_vad") {
    const old = before?.type === type ? before.eagerness : "auto";
    const eagerness = fields.eagerness == null ? old : oneOf(`${path}.eagerness`, fields.eagerness, EAGERNESS);
    return { type, eagerness, ...responses };
  }
  const old = before?.type === type ? before : SERVER_VAD;
  const number = (key: "threshold" | "prefix_padding_ms" | "silence_duration_ms", max: number) =>
    fields[key] == null ? old[key] : numberIn(`${path}.${key}`, fields[key], 0, max);
  const idle = fields.idle_timeout_ms;
  return {
    type,
    threshold: number("threshold", 1),
    prefix_padding_ms: number("prefix_padding_ms", 60_000),
    silence_duration_ms: number("silence_duration_ms", 60_000),
    idle_timeout_ms: idle === undefined ? old.idle_timeout_ms : typeof idle === "number" ? idle : null,
    ...responses,
  };
}

function readResponses(fields: object): Responses {
  const { create_response, interrupt_response } = fields as Fields;
  return {
    ...(typeof create_response === "boolean" ? { create_response } : {}),
    ...(typeof interrupt_response === "boolean" ? { interrupt_response } : {}),
  };
}

/** What this server has nothing for is left out of the session object, which tells the client so. */
function readInclude(given: unknown, before: string[] | null): string[] | null {
  if (given === undefined) return before;
  return Array.isArray(given) && given.includes(LOGPROBS) ? [LOGPROBS] : null;
}

function readText(given: unknown, path: string): string | undefined {
  if (given === undefined) return undefined;
  if (given === null) return "";
  if (typeof given !== "string") throw invalid(path, given, "Expected a string.");
  return given;
}

function readTexts(given: unknown, path: string, before: string[] | undefined): string[] | undefined {
  if (given === undefined) return before;
  if (given === null) return undefined;
  if (!Array.isArray(given) || given.some((one) => typeof one !== "string"))
    throw invalid(path, given, "Expected an array of strings.");
  return given;
}

function fieldsOf(path: string, given: unknown): Fields {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given as Fields;
  throw invalid(path, given, "Expected an object.");
}
