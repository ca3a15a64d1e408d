/**
 * One window through the engine, again where the result is doubted. docs/decoding.md has the figures.
 *
 * 1. With as much of the encoder's context as the audio needs: fast, and almost always right.
 * 2. With the full context, and allowed to write symbols: on what is no speech Whisper then says so, in brackets.
 * 3. At rising temperatures.
 */
import type { Decoded, DecodeOptions } from "../engine/job.ts";
import { hasAnnotation, isAnnotation } from "../text/annotations.ts";
import { FULL_CONTEXT } from "./context.ts";
import { type Doubt, doubts, isSpoken, withoutRepeats } from "./guard.ts";

/** Why text was left out. */
type Dropped = "no-speech" | "repeats";

export interface Attempts {
  /** What is to be believed; its text may be empty. */
  decoded: Decoded;
  /** What spoke against the first attempt. */
  doubts: Doubt[];
  /** Whether the first attempt looked at a part of the encoder's context only. */
  trimmed: boolean;
  dropped?: Dropped;
  /** There is more text in the window than the model can write at once. */
  overflows?: boolean;
  /** What `lacks` asks is so. */
  isLacking?: boolean;
}

export interface AttemptConditions {
  /** Of the encoder: positions that the first attempt looks at. */
  context: number;
  /** Seconds of speech in the window. */
  speech: number;
  temperature: number;
  /** 0: never rises. */
  temperatureStep: number;
  /** Give up at once on a window that overflows: it will be decoded in halves. */
  mayOverflow?: boolean;
  /** Give up at once on a result that is so: it will be decoded in another way. */
  lacks?: ((first: Decoded) => boolean) | undefined;
}

/** Decodes a window. `decode` makes one attempt, with options beside those of the request. */
export async function attempt(
  decode: (options: DecodeOptions) => Promise<Decoded>,
  { context, speech, temperature, temperatureStep, mayOverflow = false, lacks }: AttemptConditions,
): Promise<Attempts> {
  const first = await decode({ audioContext: context, temperature });
  const outcome = { doubts: doubts(first, speech), trimmed: context < FULL_CONTEXT };
  if (lacks?.(first)) return { decoded: first, ...outcome, isLacking: true };
  if (outcome.doubts.length === 0) return { decoded: first, ...outcome };
  // A loop is truncated too, but halves of it would be loops again.
  const isLong =
    outcome.doubts.includes("truncated") && !outcome.doubts.some((doubt) => doubt === "repeats" || doubt === "fast");
  if (mayOverflow && isLong) return { decoded: first, ...outcome, overflows: true };

  const second = await decode({ temperature, suppressNonSpeech: false });
  if (isAnnotation(second.text)) return { decoded: silence(second), ...outcome, dropped: "no-speech" };
  const candidates = hasAnnotation(second.text) ? [first] : [first, second];
  const settled = candidates.length > 1 && doubts(second, speech).length === 0;
  if (!settled && temperatureStep > 0)
    candidates.push(await decode({ temperature: Math.min(1, temperature + temperatureStep), temperatureStep }));

  const best = candidates.reduce((a, b) => (isBetter(b, a, speech) ? b : a));
  const whole = withoutRepeats(best, speech);
  if (whole !== undefined) return { decoded: whole, ...outcome, dropped: "repeats" };
  if (!isSpoken(best.text)) return { decoded: silence(best), ...outcome, dropped: "no-speech" };
  return { decoded: best, ...outcome };
}

function isBetter(a: Decoded, b: Decoded, speech: number): boolean {
  const difference = doubts(b, speech).length - doubts(a, speech).length;
  return difference > 0 || (difference === 0 && a.averageLogProbability > b.averageLogProbability);
}

function silence(decoded: Decoded): Decoded {
  return { ...decoded, text: "", segments: [] };
}
