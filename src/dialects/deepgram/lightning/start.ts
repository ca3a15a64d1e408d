/** The `config` of `start`, on Lightning Whisper MLX's socket and where its clients' messages come over Deepgram's. */
import { isObject } from "../json.ts";

/** What is absent stays as it is. */
export interface StartConfig {
  /** Hz of the samples that follow. */
  rate?: number;
  language?: string;
}

/** Reads it; a text says what is wrong with it. */
export function readStartConfig(config: unknown): StartConfig | string {
  if (config === undefined || config === null) return {};
  if (!isObject(config)) return "config must be an object";
  const { sample_rate: rate, language } = config;
  if (rate !== undefined && rate !== null && !isRate(rate))
    return "sample_rate must be a whole number from 8000 to 192000";
  if (language !== undefined && language !== null && typeof language !== "string") return "language must be a text";
  return { ...(isRate(rate) ? { rate } : {}), ...(language ? { language } : {}) };
}

function isRate(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 8000 && (value as number) <= 192_000;
}
