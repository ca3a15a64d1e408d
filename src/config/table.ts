/**
 * The settings, all of them. Help, validation, `config show`, the documentation's table and the JSON schema are read from here.
 */
import { Type } from "@sinclair/typebox";
import { dialectSettings } from "./dialect-settings.ts";
import { cacheFolder, dataFolder } from "./folders.ts";
import { DAY, decimal, MIB, oneOf, TIB, text, texts, whole } from "./kinds.ts";
import { optional, type SettingsOf, setting } from "./setting.ts";
import { sinkSettings } from "./sink-settings.ts";

export const table = {
  host: setting(text(), {
    section: "server",
    default: "127.0.0.1",
    meaning: "Address to listen on; `0.0.0.0` or `::` for every interface.",
  }),
  port: setting(whole(0, 65_535), {
    section: "server",
    default: 8080,
    meaning: "Port to listen on; 0 takes a free one.",
  }),
  listen: setting(texts({ pattern: "^(\\[[0-9A-Fa-f:.]+\\]|[^\\s:\\[\\]=]+):[0-9]{1,5}(=[a-z][a-z0-9-]*)?$" }), {
    section: "server",
    default: [],
    meaning: "More addresses, as `host:port` or `host:port=dialect` for one whose unprefixed paths speak that dialect.",
  }),
  tls: setting(oneOf("off", "self-signed"), {
    section: "server",
    default: "off",
    meaning:
      "HTTPS and WSS with a certificate that is made at the first start and kept in the data folder (`self-signed`).",
  }),
  tlsCert: optional(text(), {
    section: "server",
    unit: "path",
    meaning: "Certificate for HTTPS and WSS, in PEM, followed by those that it was issued by.",
  }),
  tlsKey: optional(text(), {
    section: "server",
    unit: "path",
    meaning: "The certificate's private key, in PEM, not encrypted.",
  }),
  apiKeys: setting(texts(), {
    section: "server",
    default: [],
    secret: true,
    meaning: "Keys of which clients must present one; none leaves the server open on loopback.",
  }),
  apiKeysFile: optional(text(), {
    section: "server",
    unit: "path",
    meaning: "File with further keys, one per line; a line that begins with `#` is a comment.",
  }),
  allowOpen: setting(Type.Boolean(), {
    section: "server",
    default: false,
    meaning: "Serve without keys on addresses that other machines can reach.",
  }),
  basePath: optional(text({ pattern: "^(/[A-Za-z0-9._~-]+)+$", description: "a path that begins with /" }), {
    section: "server",
    meaning:
      "Path under which everything is served, besides the root: `/stt` for clients and proxies that put it before each path.",
  }),
  strictParameters: setting(Type.Boolean(), {
    section: "server",
    default: false,
    meaning: "Refuse parameters that have no effect here, instead of answering with a warning.",
  }),
  corsOrigins: setting(texts(), {
    section: "server",
    default: [],
    meaning:
      "Origins whose web pages may call the server; `*` for all. Without it: any where a key is wanted, else pages of this machine (`localhost`). Without keys its own page needs it, too, where a proxy gives it a public name.",
  }),
  maxUpload: setting(whole(1024, TIB), {
    section: "server",
    default: 2 * 1024 ** 3,
    unit: "bytes",
    meaning: "Largest request body.",
  }),
  uploadTimeout: setting(decimal(1, DAY), {
    section: "server",
    default: 60,
    unit: "seconds",
    meaning: "An upload of which nothing more comes for so long is given up (408).",
  }),
  uploadMemory: setting(whole(MIB, TIB), {
    section: "server",
    default: 256 * MIB,
    unit: "bytes",
    meaning:
      "Memory for all uploads at a time; past it recordings go to files, and a body that cannot (audio in JSON) is refused as busy (429).",
  }),
  privateNetworks: setting(texts({ pattern: "^(\\*|[0-9A-Fa-f:.]+(/[0-9]{1,3})?)$", description: "networks" }), {
    section: "server",
    default: [],
    meaning:
      "Networks that are not public and from which URLs of requests may still be fetched, and to which results may be sent, as `10.0.0.0/8`; `*` for all.",
  }),
  // More milliseconds than fit into 31 bits a timer takes for none.
  sessionLimit: setting(decimal(0, 24 * DAY), {
    section: "server",
    default: 0,
    unit: "seconds",
    meaning: "How long a socket of OpenAI's Realtime API may stay open (there it is 3600); 0 sets no limit.",
  }),
  shutdownTimeout: setting(decimal(0, DAY), {
    section: "server",
    default: 30,
    unit: "seconds",
    meaning: "How long running work may take to finish when the server is told to stop.",
  }),

  model: setting(text(), {
    section: "models",
    default: "base.en-q8_0",
    unit: "model",
    meaning: "Model for requests that name none: an id of `verbatim models list`, or the path of a `.bin` file.",
  }),
  preload: setting(texts(), {
    section: "models",
    default: [],
    unit: "model",
    meaning: "Further models to load before the server says it is ready.",
  }),
  strictModel: setting(Type.Boolean(), {
    section: "models",
    default: false,
    meaning:
      "Refuse other services' model names (`whisper-1`, `nova-3`) instead of answering them with the default model.",
  }),
  manageModels: setting(oneOf("loopback", "always", "never"), {
    section: "models",
    default: "loopback",
    meaning:
      "Whether clients may fetch and delete models through the API: on a server that only this machine reaches (`loopback`), `always` or `never`.",
  }),
  modelsDir: setting(texts(), {
    section: "models",
    default: [],
    unit: "path",
    meaning: "Folders with models that are used where they lie and never written to.",
  }),

  language: setting(text(), {
    section: "recognition",
    default: "auto",
    meaning: "Language of the speech where a request names none; `auto` detects it.",
  }),
  prompt: setting(Type.String(), {
    section: "recognition",
    default: "",
    meaning: "Text that shows the model the expected spelling and style.",
  }),
  keyterms: setting(texts(), {
    section: "recognition",
    default: [],
    meaning: "Names and terms to expect.",
  }),
  ffmpeg: optional(text(), {
    section: "recognition",
    unit: "path",
    meaning: "The ffmpeg program; without it the embedded one, the installed package's, or the one on PATH is taken.",
  }),

  backend: setting(oneOf("auto", "cpu", "metal", "cuda", "vulkan"), {
    section: "engine",
    default: "auto",
    meaning: "What computes.",
  }),
  threads: setting(whole(0, 256), {
    section: "engine",
    default: 0,
    meaning: "Threads of one decode; 0 chooses when it starts: a lone one takes the idle cores.",
  }),
  workers: setting(whole(0, 64), {
    section: "engine",
    default: 0,
    meaning: "Decodes of one model at the same time; 0 is one per core.",
  }),
  tune: setting(Type.Boolean(), {
    section: "engine",
    default: true,
    meaning:
      "Measure once, when there is nothing to do, which build for this CPU is fastest; used from the next start.",
  }),
  memoryBudget: setting(whole(0, TIB), {
    section: "engine",
    default: 0,
    unit: "bytes",
    meaning:
      "Memory for loaded models; past it the longest unused one is unloaded. 0 is three quarters of the machine's.",
  }),
  modelIdle: setting(decimal(0, 30 * DAY), {
    section: "engine",
    default: 1800,
    unit: "seconds",
    meaning: "Unload a model that was not used for so long, the default and the preloaded ones excepted; 0 never.",
  }),
  queueSeconds: setting(decimal(1, 365 * DAY), {
    section: "engine",
    default: 3600,
    unit: "seconds",
    meaning: "Audio that may wait to be decoded; past it clients are told that the server is busy.",
  }),
  liveMemory: setting(whole(0, TIB), {
    section: "engine",
    default: 0,
    unit: "bytes",
    meaning:
      "Memory for live audio that waits to be heard or decoded, of all streams; past it the one furthest behind is ended. 0 is a sixteenth of the machine's.",
  }),

  hfEndpoint: setting(Type.String({ pattern: "^https?://[^\\s]+$" }), {
    section: "downloads",
    default: "https://huggingface.co",
    meaning: "Where models are downloaded from: Hugging Face or a mirror of it.",
  }),
  hfToken: optional(text(), {
    section: "downloads",
    secret: true,
    meaning: "Hugging Face token, sent to that endpoint only.",
  }),
  hfTokenFile: optional(text(), {
    section: "downloads",
    unit: "path",
    meaning: "File that holds the token.",
  }),
  offline: setting(Type.Boolean(), {
    section: "downloads",
    default: false,
    meaning: "Never use the network to fetch a model.",
  }),

  cacheDir: setting(text(), {
    section: "folders",
    default: cacheFolder,
    defaultText: "`$XDG_CACHE_HOME/verbatim`",
    unit: "path",
    meaning: "Models and extracted libraries; everything in it can be fetched or made again.",
  }),
  dataDir: setting(text(), {
    section: "folders",
    default: dataFolder,
    defaultText: "`$XDG_DATA_HOME/verbatim`",
    unit: "path",
    meaning: "What is to be kept.",
  }),

  logLevel: setting(oneOf("debug", "info", "warn", "error"), {
    section: "logging",
    default: "info",
    meaning: "Least grave event that is logged.",
  }),
  logFormat: setting(oneOf("auto", "pretty", "json"), {
    section: "logging",
    default: "auto",
    meaning: "Log lines for people or as JSON; `auto` looks whether stderr is a terminal.",
  }),

  ...dialectSettings,
  jobs: {
    maxBytes: setting(whole(1024, TIB), {
      section: "jobs",
      default: 10 * 1024 ** 3,
      unit: "bytes",
      meaning:
        "Disk space for recordings that wait and for results that are not delivered yet; past it new jobs are refused.",
    }),
    keep: setting(decimal(60, 365 * DAY), {
      section: "jobs",
      default: 7 * DAY,
      unit: "seconds",
      meaning: "How long a job is kept after its end, and an unfinished one at most.",
    }),
    retries: setting(whole(0, 1000), {
      section: "jobs",
      default: 10,
      meaning: "Further tries to deliver a result whose receiver does not take it.",
    }),
    retryDelay: setting(decimal(0.1, DAY), {
      section: "jobs",
      default: 30,
      unit: "seconds",
      meaning: "Pause between two tries.",
    }),
  },

  // Chosen on one half of the clips, reported on the other: bench/VAD.md.
  vad: {
    threshold: setting(decimal(0.01, 0.99), {
      section: "vad",
      default: 0.4,
      meaning: "Probability above which speech begins.",
    }),
    hysteresis: setting(decimal(0, 0.9), {
      section: "vad",
      default: 0.15,
      meaning: "Speech ends at a probability this much below the threshold.",
    }),
    minSpeech: setting(decimal(0, 10_000), {
      section: "vad",
      default: 128,
      unit: "milliseconds",
      meaning: "Shorter sounds are not taken for speech.",
    }),
    minSilence: setting(decimal(0, 60_000), {
      section: "vad",
      default: 300,
      unit: "milliseconds",
      meaning: "Shorter pauses do not end a stretch of speech.",
    }),
    pad: setting(decimal(0, 5000), {
      section: "vad",
      default: 400,
      unit: "milliseconds",
      meaning: "Kept on both sides of a stretch of speech.",
    }),
  },

  wakeword: {
    modelsDir: optional(text(), {
      section: "vad",
      unit: "path",
      meaning: "Folder with openWakeWord's models, for an executable that was built without them.",
    }),
  },

  ...sinkSettings,

  decode: {
    beamSize: setting(whole(1, 8), {
      section: "decode",
      default: 1,
      meaning: "Hypotheses followed at once in files; 1 is greedy and fastest.",
    }),
    liveBeamSize: setting(whole(1, 8), {
      section: "decode",
      default: 3,
      meaning: "Hypotheses followed at once in the finals of live audio.",
    }),
    bestOf: setting(whole(1, 8), {
      section: "decode",
      default: 5,
      meaning: "Candidates drawn where the temperature is above 0.",
    }),
    temperature: setting(decimal(0, 1), {
      section: "decode",
      default: 0,
      meaning: "Randomness of the first attempt.",
    }),
    temperatureStep: setting(decimal(0, 1), {
      section: "decode",
      default: 0.2,
      meaning: "Rise of the temperature at each further attempt while a result looks wrong; 0 makes no further one.",
    }),
  },
} as const;

export type Settings = SettingsOf<typeof table>;
