import { describe, expect, test } from "bun:test";
import { foreignNames, foreignVariables } from "./foreign.ts";
import { loadSettings } from "./load.ts";
import { migratedFile, readEnvFile } from "./migrate.ts";
import { namedSettings } from "./names.ts";

/** Without the machine's own settings. */
const load = (environment: Record<string, string>) =>
  loadSettings({ environment: { HOME: "/home/x", XDG_CONFIG_HOME: "/nowhere", ...environment } });

/** What variables change, and what is said about them. */
function changes(environment: Record<string, string>) {
  const { values, notes } = load(environment);
  const changed = [...values.values()].filter(({ origin }) => origin.from !== "default");
  return { settings: Object.fromEntries(changed.map(({ named, value }) => [named.key, value])), notes };
}

test("every setting that a variable sets exists, and names it", () => {
  const known = new Set(namedSettings.map(({ key }) => key));
  for (const { variable, keys } of foreignVariables)
    for (const key of keys) {
      expect(known).toContain(key);
      expect(foreignNames(key)).toContain(variable);
    }
});

describe("the variables that the older servers' pages print", () => {
  test("Lightning Whisper MLX", () => {
    const environment = {
      LWM_MODEL: "small",
      LWM_QUANTIZATION: "8bit",
      LWM_BATCH_SIZE: "6",
      LWM_SAMPLE_RATE: "16000",
      LWM_STREAM_WINDOW_SECONDS: "2.5",
      LWM_DEFAULT_LANGUAGE: "de",
    };
    expect(changes(environment)).toEqual({
      settings: { model: "small-q8_0", "lightning.sample-rate": 16_000, "lightning.window": 2.5, language: "de" },
      notes: ["LWM_BATCH_SIZE: windows are decoded as they come; workers sets how many at once."],
    });
  });

  test("Realtime MLX STT", () => {
    const environment = {
      STT_SERVER_HOST: "0.0.0.0",
      STT_SERVER_PORT: "80",
      STT_SERVER_DEBUG: "false",
      STT_SERVER_AUTH_ENABLED: "true",
      STT_SERVER_AUTH_TOKEN: "secure-random-token",
      STT_SERVER_CORS_ORIGINS: "https://a.com, https://b.com",
      LOG_LEVEL: "INFO",
      LOG_FORMAT: "json",
    };
    expect(changes(environment)).toEqual({
      settings: {
        host: "0.0.0.0",
        port: 80,
        "api-keys": ["secure-random-token"],
        "cors-origins": ["https://a.com", "https://b.com"],
        "log-level": "info",
        "log-format": "json",
      },
      notes: [],
    });
  });

  test("Realtime MLX STT's own start", () => {
    const own = {
      STT_SERVER_AUTO_START: "true",
      STT_SERVER_PROFILES_DIR: "/srv/profiles",
      STT_SERVER_DEFAULT_PROFILE: "wake-word",
    };
    expect(changes(own)).toEqual({
      settings: {
        "realtime-mlx.auto-start": true,
        "realtime-mlx.profiles-dir": "/srv/profiles",
        "realtime-mlx.default-profile": "wake-word",
      },
      notes: [],
    });
    // What its own default says.
    expect(changes({ STT_SERVER_DEFAULT_PROFILE: "default", STT_SERVER_AUTO_START: "no" }).settings).toEqual({
      "realtime-mlx.auto-start": false,
    });
  });

  test("Parakeet", () => {
    const environment = {
      MODEL_PRECISION: "fp16",
      DEVICE: "cuda",
      BATCH_SIZE: "4",
      TARGET_SR: "16000",
      MAX_AUDIO_DURATION: "30",
      VAD_THRESHOLD: "0.5",
      LOG_LEVEL: "WARNING",
      PROCESSING_TIMEOUT: "60",
    };
    const { settings, notes } = changes(environment);
    expect(settings).toEqual({
      workers: 4,
      backend: "auto",
      "parakeet.max-utterance": 28,
      "vad.threshold": 0.5,
      "log-level": "warn",
    });
    expect(notes.map((note) => note.split(":")[0])).toEqual([
      "MODEL_PRECISION",
      "PROCESSING_TIMEOUT",
      "DEVICE",
      "MAX_AUDIO_DURATION",
    ]);
  });

  test("Tiflis Code STT", () => {
    const environment = {
      STT_HOST: "127.0.0.1",
      STT_PORT: "8100",
      STT_MODEL: "large-v3",
      STT_BACKEND: "mlx",
      STT_LANGUAGE: "en",
      STT_LOG_LEVEL: "DEBUG",
      MODELS_DIR: "/models",
      HF_TOKEN: "hf_x",
    };
    expect(changes(environment)).toEqual({
      settings: {
        host: "127.0.0.1",
        port: 8100,
        model: "large-v3",
        "models-dir": ["/models"],
        backend: "auto",
        language: "en",
        "hf-token": "hf_x",
        "log-level": "debug",
      },
      notes: ["STT_BACKEND: whisper.cpp computes, on the GPU where this build has one."],
    });
  });
});

describe("what cannot be taken over", () => {
  test("is left out with a note, as its name may be anybody's; Hugging Face's must be right", () => {
    expect(changes({ BATCH_SIZE: "many", LOG_LEVEL: "loud", STT_MODEL: "distil-large-v3" })).toEqual({
      settings: {},
      notes: [
        "STT_MODEL: there is no such model here: model stays.",
        "LOG_LEVEL: it is none of trace, debug, info, warn, warning, error, critical, fatal; log-level stays.",
        "BATCH_SIZE must be a whole number from 0 to 64; it is left out.",
      ],
    });
    expect(() => load({ HF_HUB_OFFLINE: "maybe" })).toThrow("HF_HUB_OFFLINE must be true or false.");
  });

  test("is not mentioned where a setting of ours decides", () => {
    expect(changes({ STT_BACKEND: "mlx", VERBATIM_BACKEND: "cpu" })).toEqual({
      settings: { backend: "cpu" },
      notes: [],
    });
  });

  test("a token counts only where it was asked for", () => {
    expect(changes({ STT_SERVER_AUTH_TOKEN: "t", STT_SERVER_AUTH_ENABLED: "false" }).settings).toEqual({});
    expect(changes({ STT_SERVER_AUTH_ENABLED: "true" }).notes[0]).toContain("holds no token");
  });

  test("the first of two that mean one setting counts, an unfit one makes way", () => {
    expect(changes({ STT_PORT: "1", STT_SERVER_PORT: "2" }).settings).toEqual({ port: 2 });
    expect(changes({ STT_PORT: "1", STT_SERVER_PORT: "x" }).settings).toEqual({ port: 1 });
  });
});

describe("migrating", () => {
  test("the file says the same as the variables did", () => {
    const environment = { STT_PORT: "8100", VAD_THRESHOLD: "0.6", HF_TOKEN: 'a"b', DEVICE: "cuda", BATCH_SIZE: "" };
    expect(migratedFile(environment)).toBe(`# DEVICE: the GPU is taken where this build has one.

port = 8100 # STT_PORT
backend = "auto" # DEVICE
# A secret: this file should be yours alone to read (chmod 600).
hf-token = "a\\"b" # HF_TOKEN

[vad]
threshold = 0.6 # VAD_THRESHOLD
`);
    expect(Bun.TOML.parse(migratedFile(environment))).toEqual({
      port: 8100,
      backend: "auto",
      "hf-token": 'a"b',
      vad: { threshold: 0.6 },
    });
    expect(migratedFile({})).toBe("# No variable of another program is set.\n");
  });

  test("a .env file as people write it", () => {
    const text = `
# System
LOG_LEVEL=INFO
export STT_PORT = 8100   # the port
HF_TOKEN="a \\"b\\" # c"
STT_MODEL='large-v3'\r
EMPTY=
no line`;
    expect(readEnvFile(text)).toEqual({
      LOG_LEVEL: "INFO",
      STT_PORT: "8100",
      HF_TOKEN: 'a "b" # c',
      STT_MODEL: "large-v3",
      EMPTY: "",
    });
  });
});
