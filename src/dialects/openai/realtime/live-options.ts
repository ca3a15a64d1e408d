/** What a Realtime configuration asks of a live session. */
import type { RawEncoding } from "../../../audio/media.ts";
import type { Settings } from "../../../config/table.ts";
import { VerbatimError } from "../../../error.ts";
import { requireLanguage } from "../../../models/language.ts";
import type { InstalledModel } from "../../../models/model.ts";
import type { SessionPatch } from "../../../recognizer/live/events.ts";
import { parseLanguage } from "../../../text/languages.ts";
import { modelFor } from "../model.ts";
import type { AudioFormat, Configuration, DELAYS } from "./configuration.ts";

/**
 * Milliseconds of silence that end a turn. OpenAI's own model judges whether a sentence is complete and waits 8, 4 or 2 s at most; without one,
 * a longer silence than that of `server_vad` stands for "is done speaking".
 */
const SEMANTIC_SILENCE = { low: 1200, medium: 800, auto: 800, high: 500 } as const;

/** Milliseconds of new speech between two looks for settled words. */
const PACES: Record<(typeof DELAYS)[number], number> = {
  minimal: 300,
  low: 500,
  medium: 1000,
  high: 2000,
  xhigh: 4000,
};

/** Milliseconds. A soft beginning is heard worse with less audio before it, whatever the turn is said to begin with. */
const LEAST_PRE_ROLL = 512;
const MOST_PRE_ROLL = 5000;

/** These models' clients show words while somebody speaks; those of the others wait for a turn to be over. */
const LIVE_MODELS = /^gpt-(live-transcribe|realtime-whisper)/;

/** Whether words are told as they settle: the model is one of those that do, or the client says how long they may take. */
export function isLive({ transcription }: Configuration): boolean {
  return transcription?.delay !== undefined || LIVE_MODELS.test(transcription?.model ?? "");
}

/** Milliseconds of silence that end a turn; undefined: the client does. */
export function turnSilence({ turnDetection }: Configuration): number | undefined {
  if (turnDetection?.type === "semantic_vad") return SEMANTIC_SILENCE[turnDetection.eagerness];
  return turnDetection?.silence_duration_ms;
}

/** Milliseconds before the speech that count as its turn's; undefined: the client decides what is a turn. */
export function turnPrefix({ turnDetection }: Configuration): number | undefined {
  return turnDetection?.type === "semantic_vad" ? 300 : turnDetection?.prefix_padding_ms;
}

export interface LiveWishes {
  /** The options of a session, whole. */
  options: SessionPatch & { model: InstalledModel };
  /** The model does not know the language that was asked for. */
  complaint?: VerbatimError;
}

/** What a configuration asks for. `named` is the model of the address, for clients that name none in the session. */
export async function liveWishes(
  configuration: Configuration,
  named: string | undefined,
  settings: Settings,
): Promise<LiveWishes> {
  const { transcription, turnDetection } = configuration;
  const model = await modelFor(transcription?.model ?? named, settings);
  const { languages, keywords, prompt, delay } = transcription ?? {};
  const codes = (languages ?? []).flatMap((one) => parseLanguage(one) ?? []).filter((code) => code !== "auto");
  // Who names several languages, or `auto`, wants them to be told apart; one is what is spoken.
  const among = codes.length === 1 ? codes[0] : codes.length > 1 ? "auto" : undefined;
  const language = parseLanguage(transcription?.language ?? among ?? settings.language);
  const complaint = complaintOf(model, language);
  const preRoll = Math.min(MOST_PRE_ROLL, Math.max(LEAST_PRE_ROLL, turnPrefix(configuration) ?? 0));
  const vad =
    turnDetection?.type === "server_vad"
      ? { threshold: Math.min(0.99, Math.max(0.01, turnDetection.threshold)) }
      : undefined;
  const options: LiveWishes["options"] = {
    model,
    task: "transcribe",
    language: language === "auto" || complaint ? undefined : language,
    languages: codes.length > 1 ? codes : undefined,
    prompt: prompt || undefined,
    keyterms: keywords?.length ? keywords : undefined,
    endpointing: turnSilence(configuration) ?? "manual",
    preRoll,
    interim: isLive(configuration) ? PACES[delay ?? "low"] : false,
    vad,
  };
  return { options, ...(complaint ? { complaint } : {}) };
}

/** How appended bytes are to be read. */
export function rawEncoding(format: AudioFormat): RawEncoding {
  if (format.type === "audio/pcm") return { encoding: "linear16", rate: format.rate, channels: 1 };
  return { encoding: format.type === "audio/pcmu" ? "mulaw" : "alaw", rate: 8000, channels: 1 };
}

/** Bytes of a second of audio. */
export function bytesPerSecond(format: AudioFormat): number {
  return format.type === "audio/pcm" ? format.rate * 2 : 8000;
}

function complaintOf(model: InstalledModel, language: string | undefined): VerbatimError | undefined {
  try {
    requireLanguage(model, language);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof VerbatimError)) throw thrown;
    const parameter = "session.audio.input.transcription.language";
    return new VerbatimError(thrown.code, thrown.message, { parameter, cause: thrown });
  }
}
