/** struct vb_decode_options */
import { cString } from "./call.ts";
import { type Layout, Struct } from "./struct.ts";

const tasks = { transcribe: 0, translate: 1 } as const;
const times = { none: 0, segments: 1, words: 2 } as const;

/** What a decode can be told; native/include/verbatim.h says what each means. */
export interface DecodeParameters {
  threads: number;
  task?: keyof typeof tasks;
  times?: keyof typeof times;
  language?: string;
  prompt?: string;
  prefix?: readonly number[];
  audioContext?: number;
  maxTokens?: number;
  beamSize?: number;
  bestOf?: number;
  temperature?: number;
  temperatureStep?: number;
  suppressNonSpeech?: boolean;
}

export const decodeOptionsLayout = {
  size: 96,
  members: {
    threads: [4, "i32"],
    task: [8, "i32"],
    times: [12, "i32"],
    beam_size: [16, "i32"],
    best_of: [20, "i32"],
    audio_ctx: [24, "i32"],
    max_tokens: [28, "i32"],
    suppress_non_speech: [36, "i32"],
    temperature: [40, "f32"],
    temperature_step: [44, "f32"],
    language: [64, "pointer"],
    prompt: [72, "pointer"],
    prefix: [80, "pointer"],
    prefix_count: [88, "i32"],
  },
} as const satisfies Layout;

/** The struct for one call, with the texts it points to. */
export function packDecodeOptions(parameters: DecodeParameters): Struct<typeof decodeOptionsLayout> {
  const { language, prompt, prefix } = parameters;
  const struct = new Struct(decodeOptionsLayout);
  struct.set("threads", parameters.threads);
  struct.set("task", parameters.task && tasks[parameters.task]);
  struct.set("times", parameters.times && times[parameters.times]);
  struct.set("beam_size", parameters.beamSize);
  struct.set("best_of", parameters.bestOf);
  struct.set("audio_ctx", parameters.audioContext);
  struct.set("max_tokens", parameters.maxTokens);
  struct.set("suppress_non_speech", parameters.suppressNonSpeech ? 1 : 0);
  struct.set("temperature", parameters.temperature);
  struct.set("temperature_step", parameters.temperatureStep);
  struct.point("language", language === undefined ? undefined : cString(language, "language"));
  struct.point("prompt", prompt === undefined ? undefined : cString(prompt, "prompt"));
  if (prefix !== undefined && prefix.length > 0) {
    struct.point("prefix", Int32Array.from(prefix));
    struct.set("prefix_count", prefix.length);
  }
  return struct;
}
