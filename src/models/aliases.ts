/**
 * Names by which clients of other services and programs ask for a model. A name of Whisper's own weights means those weights; a name of
 * another service's model means "a good one", which here is the default model.
 */

/** Other services' models: OpenAI's, Deepgram's, Google's, AssemblyAI's and ElevenLabs', and other local servers'. */
const FOREIGN = [
  /^whisper(-1)?$/,
  /^gpt-(4o|live|realtime|transcribe)(-|$)/,
  /^(nova|enhanced|flux)(-|$)/,
  /^\d-(nova|enhanced|general|phonecall)/,
  /^(base-)?(general|meeting|phonecall|voicemail|finance|conversationalai|video|medical|drivethru|automotive|atc)$/,
  /^(parakeet|canary|voxtral|moonshine|distil|universal|chirp|scribe|latest)(-|_|$)/,
  /^(default|auto)$/,
];

/** From spellings of Whisper's weights to their plain names: faster-whisper's, MLX's and Transformers' repositories, short names. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^.*\//, ""],
  [/^ggml-(.*)\.bin$/, "$1"],
  [/^(?:faster-)?(distil-)?whisper-(?!1$)/, "$1"],
  [/(?:-(?:mlx|ct2|ggml|fp16|fp32|f16|float16|int8|int8_float32|4bit|8bit|q4|q8))+$/, ""],
  [/^(?:large-)?turbo$/, "large-v3-turbo"],
  [/^large$/, "large-v3"],
];

/** The plain form of a name: `Systran/faster-whisper-small.en` is `small.en`, `turbo` is `large-v3-turbo`. */
export function plainName(name: string): string {
  return SPELLINGS.reduce((plain, [pattern, by]) => plain.replace(pattern, by), name.trim().toLowerCase());
}

/** Whether a plain name is another service's, to be answered with the default model. */
export function isForeign(plain: string): boolean {
  return FOREIGN.some((pattern) => pattern.test(plain));
}
