/**
 * How sure one can be that a speaker has finished, from the silence and from what was said: after a whole sentence people mostly have, in the
 * middle of one mostly not. The likelihood that somebody goes on falls exponentially with the silence.
 */
import type { Word } from "../../../text/transcript.ts";

/** Seconds of silence in which that likelihood falls to 1/e. */
const FALL = { finished: 0.25, unfinished: 0.6 } as const;

const SENTENCE_END = /[.!?。！？؟।]["'”’)\]]*$/u;
const ELLIPSIS = /(\.\.\.|…)["'”’)\]]*$/u;

export interface Thresholds {
  /** The confidence at which a turn is over. */
  endOfTurn: number;
  /** The confidence at which it is said that a turn is probably over; absent: it is not said. */
  eager?: number;
  /** Milliseconds of silence after which a turn is over, however sure. */
  timeout: number;
}

/** Whether words look like a whole sentence. */
export function isFinished(words: readonly Word[]): boolean {
  const last = words.at(-1)?.text ?? "";
  return SENTENCE_END.test(last) && !ELLIPSIS.test(last);
}

/** 0..1 after so many seconds of silence. */
export function confidenceAfter(silence: number, finished: boolean): number {
  return 1 - Math.exp(-silence / fallOf(finished));
}

/** Milliseconds of silence after which a turn is over. */
export function endpointingFor({ endOfTurn, timeout }: Thresholds, finished: boolean): number {
  return Math.min(timeout, silenceFor(endOfTurn, finished));
}

/** Whether it is the timeout that ends turns, not the confidence. */
export function isTimedOut({ endOfTurn, timeout }: Thresholds, silence: number, finished: boolean): boolean {
  return confidenceAfter(silence, finished) < endOfTurn && silence * 1000 >= timeout;
}

/** Milliseconds of silence after which the words have to be known, so that the first thing can be said of them in time. */
export function likelyAfterFor({ eager, endOfTurn }: Thresholds): number {
  return Math.min(LATEST_LOOK, silenceFor(eager ?? endOfTurn, true));
}

/** Later than this (milliseconds) there is no use in looking whether a sentence is finished. */
const LATEST_LOOK = 160;

function silenceFor(confidence: number, finished: boolean): number {
  return confidence >= 1 ? Number.POSITIVE_INFINITY : -fallOf(finished) * Math.log(1 - confidence) * 1000;
}

function fallOf(finished: boolean): number {
  return finished ? FALL.finished : FALL.unfinished;
}
