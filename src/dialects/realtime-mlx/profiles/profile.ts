/** What a profile may say: https://github.com/kristofferv98/Realtime_mlx_STT, and the page that describes its server. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { Value } from "@sinclair/typebox/value";
import { VerbatimError } from "../../../error.ts";

const section = <Fields extends Record<string, TSchema>>(fields: Fields) =>
  Type.Partial(Type.Object(fields, { additionalProperties: false }));
const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const share = Type.Number({ minimum: 0, maximum: 1 });
const frames = Type.Integer({ minimum: 1, maximum: 1000 });
const text = Type.String({ maxLength: 200 });

const schema = section({
  description: Type.String({ maxLength: 2000 }),
  transcription: section({
    auto_start: Type.Boolean(),
    engine: text,
    model: nullable(text),
    /** null: it is heard. */
    language: nullable(text),
    options: Type.Intersect([
      Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), { maxProperties: 100 }),
      Type.Partial(Type.Object({ beam_size: Type.Integer({ minimum: 1, maximum: 8 }) })),
    ]),
  }),
  vad: section({
    enabled: Type.Boolean(),
    detector_type: Type.Union([Type.Literal("webrtc"), Type.Literal("silero"), Type.Literal("combined")]),
    sensitivity: share,
    window_size: frames,
    /** Seconds. */
    min_speech_duration: Type.Number({ minimum: 0, maximum: 10 }),
    parameters: section({
      /** Milliseconds. */
      frame_duration_ms: Type.Union([Type.Literal(10), Type.Literal(20), Type.Literal(30)]),
      speech_confirmation_frames: frames,
      silence_confirmation_frames: frames,
      speech_buffer_size: frames,
      webrtc_aggressiveness: Type.Integer({ minimum: 0, maximum: 3 }),
      silero_threshold: share,
      webrtc_threshold: share,
    }),
  }),
  wake_word: section({
    enabled: Type.Boolean(),
    words: Type.Array(text, { minItems: 1, maxItems: 20 }),
    sensitivity: share,
    /** Seconds. */
    timeout: Type.Number({ minimum: 1, maximum: 3600 }),
    detector: text,
  }),
});

export type Profile = Static<typeof schema>;

/**
 * Checks what was given as a profile. Fields that nobody knows are refused with their path, or passed over as the original passes them over.
 * `at` is what stands before the path where the profile is a part of something.
 */
export function checkProfile(
  value: unknown,
  { strangers, at = "" }: { strangers: "refuse" | "pass"; at?: string },
): Profile {
  for (const error of Value.Errors(schema, value)) {
    if (error.type === ValueErrorType.ObjectAdditionalProperties && strangers === "pass") continue;
    throw refusal(error, at);
  }
  return value as Profile;
}

/** Settings in a profile that change nothing here, by their paths. */
export function ineffective({ transcription = {}, vad = {}, wake_word = {} }: Profile): string[] {
  const { engine, options: { beam_size, ...options } = {} } = transcription;
  const given: [string, unknown][] = [
    ...(engine === "mlx_whisper" ? [] : [["transcription.engine", engine] as [string, unknown]]),
    ...Object.entries(options).map(([name, value]): [string, unknown] => [`transcription.options.${name}`, value]),
    ["vad.window_size", vad.window_size],
    ["vad.parameters.speech_confirmation_frames", vad.parameters?.speech_confirmation_frames],
    ["vad.parameters.speech_buffer_size", vad.parameters?.speech_buffer_size],
    ["vad.parameters.webrtc_threshold", vad.parameters?.webrtc_threshold],
    ["wake_word.detector", wake_word.detector],
  ];
  return given.filter(([, value]) => value !== undefined).map(([path]) => path);
}

/** `/vad/sensitivity` → `vad.sensitivity`. */
function refusal({ path, type, message, schema: wanted, value }: ValueError, at: string): VerbatimError {
  const parameter = [at, ...path.slice(1).split("/")].filter(Boolean).join(".").slice(0, 200);
  if (type === ValueErrorType.ObjectAdditionalProperties)
    return new VerbatimError("bad-parameter", `Unknown field: ${parameter}`, { parameter });
  const given = (JSON.stringify(value) ?? "nothing").slice(0, 100);
  const text = `${parameter || "The profile"} must be ${wordsFor(wanted) ?? message.toLowerCase()}, got ${given}`;
  return new VerbatimError("bad-parameter", text, parameter ? { parameter } : {});
}

function wordsFor(wanted: TSchema): string | undefined {
  const { type, minimum, maximum, anyOf } = wanted;
  if (Array.isArray(anyOf)) {
    const words = anyOf.map((one: TSchema) => (one.const === undefined ? wordsFor(one) : String(one.const)));
    return words.join(" or ");
  }
  if (type === "number" || type === "integer")
    return `${type === "integer" ? "a whole number " : ""}between ${minimum.toFixed(type === "integer" ? 0 : 1)} and ${maximum.toFixed(type === "integer" ? 0 : 1)}`;
  if (type === "array") return `a list of ${wanted.minItems} to ${wanted.maxItems} texts`;
  if (type === "string") return `a text of at most ${wanted.maxLength} characters`;
  if (type === "object") return "an object";
  if (type === "null") return "null";
  return type === "boolean" ? "true or false" : undefined;
}
