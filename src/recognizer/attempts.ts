/**
 * One window through the engine. The first attempt looks only at as much of the encoder as the audio fills; what the guard doubts
 * is decoded again with the full context and at rising temperatures; what even then is no speech or a loop is left out.
 */
import type { Decoded, DecodeOptions } from "../engine/job.ts";
import { audioContext, FULL_CONTEXT } from "./context.ts";
import { type Doubt, type Dropped, doubts } from "./guard.ts";

export interface Attempts {
  decoded: Decoded;
  /** What spoke against the first attempt. */
  doubts: Doubt[];
  /** Whether the first attempt looked at a part of the encoder only. */
  trimmed: boolean;
  /** Why text was left out. */
  dropped?: Dropped;
}

export interface AttemptConditions {
  seconds: number;
  speech: number;
  temperature: number;
  /** 0: never rises. */
  temperatureStep: number;
}

/**
 * Decodes a window of `seconds`, of which `speech` are speech. `decode` runs one attempt with options that are added to the
 * request's.
 */
export async function attempt(
  decode: (options: DecodeOptions) => Promise<Decoded>,
  { seconds, speech, temperature, temperatureStep }: AttemptConditions,
): Promise<Attempts> {
  const context = audioContext(seconds);
  const trimmed = context < FULL_CONTEXT;
  const first = await decode({ audioContext: context, temperature });
  const found = doubts(first, speech);
  if (found.length === 0) return { decoded: first, doubts: found, trimmed };
  // At the full context the first attempt needs no second look at the same temperature.
  const second = await decode({
    temperature: trimmed ? temperature : Math.min(1, temperature + temperatureStep),
    temperatureStep,
  });
  return { decoded: better(first, second, speech), doubts: found, trimmed };
}

/** The second attempt, unless it is the worse one. */
function better(first: Decoded, second: Decoded, speech: number): Decoded {
  const before = doubts(first, speech);
  const after = doubts(second, speech);
  if (after.length === before.length)
    return second.averageLogProbability >= first.averageLogProbability ? second : first;
  return after.length < before.length ? second : first;
}
