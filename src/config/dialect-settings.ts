/** The settings of single dialects, and of what the server itself hears for them. */
import { Type } from "@sinclair/typebox";
import { DAY, decimal, text, whole } from "./kinds.ts";
import { optional, setting } from "./setting.ts";

export const dialectSettings = {
  capture: {
    source: setting(text(), {
      section: "server",
      default: "microphone",
      meaning:
        "What the server hears when a client starts its microphone: `microphone`, `device:NAME`, a recording or named pipe, `tcp://HOST:PORT` or a URL; all but microphones are taken at the pace of speech.",
    }),
  },
  realtimeMlx: {
    autoStart: setting(Type.Boolean(), {
      section: "server",
      default: false,
      meaning:
        "Listen to what `capture.source` says as soon as the server is ready, by the default profile, as if a client of Realtime MLX STT had started it.",
    }),
    defaultProfile: optional(text(), {
      section: "server",
      meaning:
        "Profile of Realtime MLX STT's API that is started where nobody names one. Without it `auto-start` takes `vad-triggered`, and clients must name one.",
    }),
    profilesDir: optional(text(), {
      section: "server",
      unit: "path",
      meaning: "Folder with the profiles of that API, `NAME.json`; without it `profiles` in the data folder.",
    }),
  },
  deepgram: {
    idleTimeout: setting(decimal(0, DAY), {
      section: "server",
      default: 10,
      unit: "seconds",
      meaning: "A stream that gets neither audio nor a message for so long is ended, as Deepgram ends it; 0: never.",
    }),
  },
  lightning: {
    sampleRate: setting(whole(8000, 192_000), {
      section: "server",
      default: 16_000,
      meaning: "Samples a second that clients of Lightning Whisper MLX stream where they do not say.",
    }),
    window: setting(decimal(0.1, 60), {
      section: "server",
      default: 2.5,
      unit: "seconds",
      meaning: "New speech between two interim results of such a stream.",
    }),
  },
  parakeet: {
    maxUtterance: setting(decimal(2, 28), {
      section: "server",
      default: 8,
      unit: "seconds",
      meaning: "On Parakeet's socket speech without a pause is cut after so long.",
    }),
    unchunkedLimit: setting(decimal(1, DAY), {
      section: "server",
      default: 1440,
      unit: "seconds",
      meaning: "Longest recording that `POST /transcribe` takes with `should_chunk=false`.",
    }),
  },
  handy: {
    partialEvery: setting(whole(100, 60_000), {
      section: "server",
      default: 500,
      unit: "milliseconds",
      meaning: "Between two partials of Handy's socket while audio comes.",
    }),
    window: setting(decimal(1, 60), {
      section: "server",
      default: 6,
      unit: "seconds",
      meaning: "A partial of Handy's socket holds the words of the last so many seconds.",
    }),
  },
} as const;
