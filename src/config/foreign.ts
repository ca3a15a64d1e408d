/** Variables of other programs that this one understands, all of them: five older servers' and Hugging Face's. Any setting of our own outranks them. */
import type { Environment } from "./setting.ts";

/** What a variable says in our words. */
interface Reading {
  /** The key of our setting, and its value as a variable would have it; absent: nothing here corresponds. */
  key?: string;
  text?: string;
  /** What is done instead of what was wished, as the log says it. */
  instead?: string;
}

export interface ForeignVariable {
  variable: string;
  /** Settings that it can set. */
  keys: readonly string[];
  /** A value that does not fit ends the program; where that is not so, the name is too common to be certain what it is for. */
  strict?: boolean;
  read(text: string, environment: Environment): Reading;
}

type Reader = Omit<ForeignVariable, "variable">;

/** The same by another name. */
const same = (key: string): Reader => ({ keys: [key], read: (text) => ({ key, text }) });

/** Nothing here corresponds, which is worth a word. */
const absent = (instead: string): Reader => ({ keys: [], read: () => ({ instead }) });

/** Understood, and true of this program without a setting. */
const granted: Reader = { keys: [], read: () => ({}) };

/** Words of theirs for words of ours, in any case. */
function words(key: string, known: Record<string, string | Reading>): Reader {
  return {
    keys: [key],
    read(text) {
      const found = known[text.trim().toLowerCase()];
      if (found === undefined) return { instead: `it is none of ${Object.keys(known).join(", ")}; ${key} stays` };
      return typeof found === "string" ? { key, text: found } : { key, ...found };
    },
  };
}

const truthy = (text: string | undefined) => /^(1|true|yes|on|t|y)$/i.test(text?.trim() ?? "");

const logLevel = words("log-level", {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  critical: "error",
  fatal: "error",
});

const precision = absent("numbers are as exact as the model's file has them: choose that with model");
const ownRate = "audio is brought to 16 kHz, which the models want";

/** Only 16 kHz can be meant. */
const rate: Reader = { keys: [], read: (text) => (text.trim() === "16000" ? {} : { instead: ownRate }) };

const FAMILY = /^(tiny|base|small|medium)(\.en)?$|^large-v[123]$|^large-v3-turbo$/;

/** Whisper's own names, by whatever path; the weights of other projects are not here. */
function model(bits?: (environment: Environment) => string): Reader {
  return {
    keys: ["model"],
    read(text, environment) {
      const bare = text
        .trim()
        .toLowerCase()
        .replace(/^.*\//, "")
        .replace(/^(faster-)?whisper-/, "")
        .replace(/-mlx$/, "");
      const name = { large: "large-v3", turbo: "large-v3-turbo" }[bare] ?? bare;
      if (FAMILY.test(name)) return { key: "model", text: name + (bits?.(environment) ?? "") };
      return { instead: "there is no such model here: model stays" };
    },
  };
}

const lightningBits = ({ LWM_QUANTIZATION, LWM_QUANT }: Environment) => {
  const asked = (LWM_QUANTIZATION || LWM_QUANT || "").toLowerCase();
  return { "8bit": "-q8_0", "4bit": "-q4_0" }[asked] ?? "";
};

const quantization: Reader = {
  keys: ["model"],
  // The name of the model takes it up.
  read: (_, { LWM_MODEL }) =>
    LWM_MODEL ? {} : { instead: "the default model keeps its bits: choose another with model" },
};

/** Speech is cut there after so many seconds; what decodes here sees 30 s at once. */
const utterance: Reader = {
  keys: ["parakeet.max-utterance"],
  read(text) {
    const key = "parakeet.max-utterance";
    return Number(text) > 28
      ? { key, text: "28", instead: "utterances are cut after 28 s; recordings have no limit" }
      : { key, text };
  },
};

/** A key that was never asked for there is none here. */
const token: Reader = {
  keys: ["api-keys"],
  read: (text, { STT_SERVER_AUTH_ENABLED }) => (truthy(STT_SERVER_AUTH_ENABLED) ? { key: "api-keys", text } : {}),
};

const wantsToken: Reader = {
  keys: [],
  read: (text, { STT_SERVER_AUTH_TOKEN }) =>
    truthy(text) && !STT_SERVER_AUTH_TOKEN
      ? { instead: "STT_SERVER_AUTH_TOKEN holds no token, so none is asked for" }
      : {},
};

const debug: Reader = {
  keys: ["log-level"],
  read: (text) => (truthy(text) ? { key: "log-level", text: "debug" } : {}),
};

const onePlace = "one process serves all; workers sets how many decodes run at once";
const reload: Reader = {
  keys: [],
  read: (text) => (truthy(text) ? { instead: "the program does not watch its own files" } : {}),
};

/** Always true or false; anything but a yes is a no, as there. */
const autoStart: Reader = {
  keys: ["realtime-mlx.auto-start"],
  read: (text) => ({ key: "realtime-mlx.auto-start", text: String(truthy(text)) }),
};

/** Their word for none. */
const defaultProfile: Reader = {
  keys: ["realtime-mlx.default-profile"],
  read: (text) => (text === "default" ? {} : { key: "realtime-mlx.default-profile", text }),
};

const rows: Record<string, Reader> = {
  HF_ENDPOINT: { ...same("hf-endpoint"), strict: true },
  HF_TOKEN: { ...same("hf-token"), strict: true },
  HUGGING_FACE_HUB_TOKEN: { ...same("hf-token"), strict: true },
  HF_TOKEN_PATH: { ...same("hf-token-file"), strict: true },
  HF_HUB_OFFLINE: { ...same("offline"), strict: true },

  // Lightning Whisper MLX.
  LWM_MODEL: model(lightningBits),
  LWM_QUANTIZATION: quantization,
  LWM_QUANT: quantization,
  LWM_BATCH_SIZE: absent("windows are decoded as they come; workers sets how many at once"),
  LWM_MAX_WORKERS: same("workers"),
  LWM_SAMPLE_RATE: same("lightning.sample-rate"),
  LWM_STREAM_WINDOW_SECONDS: same("lightning.window"),
  LWM_STREAM_WINDOW: same("lightning.window"),
  LWM_DEFAULT_LANGUAGE: same("language"),

  // Realtime MLX STT.
  STT_SERVER_HOST: same("host"),
  STT_SERVER_PORT: same("port"),
  STT_SERVER_CORS_ORIGINS: same("cors-origins"),
  STT_SERVER_AUTH_ENABLED: wantsToken,
  STT_SERVER_AUTH_TOKEN: token,
  STT_SERVER_DEBUG: debug,
  STT_SERVER_AUTO_START: autoStart,
  STT_SERVER_PROFILES_DIR: same("realtime-mlx.profiles-dir"),
  STT_SERVER_DEFAULT_PROFILE: defaultProfile,
  PORCUPINE_ACCESS_KEY: absent("wake words are heard by openWakeWord's models, which want no key"),
  REALTIMESTT_LOG_LEVEL: logLevel,

  // Tiflis Code STT.
  STT_HOST: same("host"),
  STT_PORT: same("port"),
  STT_MODEL: model(),
  STT_BACKEND: words("backend", {
    auto: "auto",
    mlx: { text: "auto", instead: "whisper.cpp computes, on the GPU where this build has one" },
    "faster-whisper": { text: "auto", instead: "whisper.cpp computes, on the GPU where this build has one" },
  }),
  STT_LANGUAGE: same("language"),
  STT_LOG_LEVEL: logLevel,
  STT_CORS_ORIGINS: same("cors-origins"),
  STT_RELOAD: reload,
  STT_WORKERS: { keys: [], read: (text) => (text.trim() === "1" ? {} : { instead: onePlace }) },
  STT_MODELS_DIR: granted,
  MODELS_DIR: same("models-dir"),

  // Parakeet; the last two are Realtime MLX STT's too.
  MODEL_PRECISION: precision,
  DEVICE: words("backend", {
    auto: "auto",
    cpu: "cpu",
    mps: { text: "auto", instead: "the GPU is taken where this build has one" },
    cuda: { text: "auto", instead: "the GPU is taken where this build has one" },
  }),
  BATCH_SIZE: same("workers"),
  TARGET_SR: rate,
  TARGET_SAMPLE_RATE: rate,
  MAX_AUDIO_DURATION: utterance,
  VAD_THRESHOLD: same("vad.threshold"),
  PROCESSING_TIMEOUT: absent("work takes as long as it takes, while its client waits"),
  LOG_LEVEL: logLevel,
  LOG_FORMAT: words("log-format", {
    json: "json",
    text: "pretty",
    pretty: "pretty",
    plain: "pretty",
    console: "pretty",
    auto: "auto",
  }),
};

/** In order: of two that set one setting the first counts. */
export const foreignVariables: readonly ForeignVariable[] = Object.entries(rows).map(([variable, reader]) => ({
  variable,
  ...reader,
}));

/** One variable that is set, and what it says. */
export interface ForeignReading extends Reading {
  variable: string;
  strict: boolean;
}

/** What the variables of other programs say. An empty variable is an unset one. */
export function readForeign(environment: Environment): ForeignReading[] {
  return foreignVariables.flatMap(({ variable, strict = false, read }) => {
    const text = environment[variable];
    return text ? [{ variable, strict, ...read(text, environment) }] : [];
  });
}

/** The variables of other programs that set a setting. */
export function foreignNames(key: string): string[] {
  return foreignVariables.filter(({ keys }) => keys.includes(key)).map(({ variable }) => variable);
}
