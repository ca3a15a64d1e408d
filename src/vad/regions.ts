/**
 * From probabilities to stretches of speech. One set of rules serves both ways of use: `SpeechTracker` takes one probability at a time and
 * says what changes (live sessions); `RegionFinder` stands on it and gives padded regions as soon as they are settled (files).
 */
import { defaultSettings } from "../config/load.ts";
import type { Settings } from "../config/table.ts";
import { FRAME_SAMPLES, type Region, type RegionOptions } from "./speech.ts";

/** Seconds of a frame. */
export const FRAME_SECONDS = FRAME_SAMPLES / 16_000;

/** The rules that settings ask for. */
export function regionOptions({ threshold, hysteresis, minSpeech, minSilence, pad }: Settings["vad"]): RegionOptions {
  return { threshold, hysteresis, minSpeechMs: minSpeech, minSilenceMs: minSilence, padMs: pad };
}

/** The rules without any settings of one's own. */
export const defaultRegions: RegionOptions = regionOptions(defaultSettings({}, {}).vad);

/** What a probability changed. Times are seconds from the first frame, without padding. */
export type SpeechEvent =
  /** There is speech for sure now; it began at `from`. */
  | { type: "started"; from: number }
  /** A silence began at `from`. It may turn out to be a pause within the speech. */
  | { type: "silence"; from: number }
  /** It was only a pause. */
  | { type: "resumed" }
  /** The silence is long enough: the speech lasted from `from` to `to`. */
  | { type: "ended"; from: number; to: number };

/** Follows one stream, frame by frame. Speech shorter than `minSpeechMs` is never mentioned. */
export class SpeechTracker {
  readonly #begin: number;
  readonly #end: number;
  readonly #minSpeech: number;
  readonly #minSilence: number;
  #frame = 0;
  /** Frame numbers: where speech began, and where the silence after it did. */
  #from: number | undefined;
  #silentFrom: number | undefined;
  #certain = false;

  constructor({ threshold, hysteresis, minSpeechMs, minSilenceMs }: Omit<RegionOptions, "padMs">) {
    this.#begin = threshold;
    // Never zero: a probability is not below it, and speech would never end.
    this.#end = Math.max(threshold - hysteresis, 0.01);
    this.#minSpeech = framesIn(minSpeechMs);
    this.#minSilence = framesIn(minSilenceMs);
  }

  /** Seconds heard so far. */
  get now(): number {
    return this.#frame * FRAME_SECONDS;
  }

  /** Where the speech that goes on began, be it certain already or not. */
  get speakingSince(): number | undefined {
    return this.#from === undefined ? undefined : this.#from * FRAME_SECONDS;
  }

  /** Takes the next frame's probability. */
  add(probability: number): SpeechEvent | undefined {
    const frame = this.#frame++;
    if (this.#from === undefined) {
      if (probability < this.#begin) return undefined;
      this.#from = frame;
    } else if (this.#silentFrom === undefined) {
      if (probability < this.#end) return this.#silence(frame);
    } else {
      if (probability < this.#begin) return this.#silence(this.#silentFrom);
      this.#silentFrom = undefined;
      if (this.#certain) return { type: "resumed" };
    }
    if (this.#certain || this.#frame - this.#from < this.#minSpeech) return undefined;
    this.#certain = true;
    return { type: "started", from: this.#from * FRAME_SECONDS };
  }

  /** The audio is over: what speech is still open ends here. */
  finish(): SpeechEvent | undefined {
    return this.#from === undefined ? undefined : this.#close(this.#silentFrom ?? this.#frame);
  }

  #silence(from: number): SpeechEvent | undefined {
    const first = this.#silentFrom === undefined;
    this.#silentFrom = from;
    if (this.#frame - from >= this.#minSilence) return this.#close(from);
    return first && this.#certain ? { type: "silence", from: from * FRAME_SECONDS } : undefined;
  }

  #close(to: number): SpeechEvent | undefined {
    const ended: SpeechEvent | undefined =
      this.#certain && this.#from !== undefined
        ? { type: "ended", from: this.#from * FRAME_SECONDS, to: to * FRAME_SECONDS }
        : undefined;
    this.#from = undefined;
    this.#silentFrom = undefined;
    this.#certain = false;
    return ended;
  }
}

/** At least one frame: nothing shorter can be told apart. */
function framesIn(ms: number): number {
  return Math.max(1, Math.ceil(ms / (1000 * FRAME_SECONDS)));
}

/** Finds the padded regions of a stream whose probabilities come piece by piece. */
export class RegionFinder {
  readonly #tracker: SpeechTracker;
  readonly #pad: number;
  /** Padded at its front; its back waits for where the next region begins. */
  #held: Region | undefined;

  constructor(options: RegionOptions = defaultRegions) {
    this.#tracker = new SpeechTracker(options);
    this.#pad = options.padMs / 1000;
  }

  /** Takes the next frames and returns the regions that they settle, in order. */
  add(probabilities: Iterable<number>): Region[] {
    const settled: Region[] = [];
    for (const probability of probabilities) {
      const event = this.#tracker.add(probability);
      if (event?.type === "ended") this.#take(event, settled);
    }
    // Speech to come begins here at the earliest.
    const earliest = this.#tracker.speakingSince ?? this.#tracker.now;
    if (this.#held && earliest - this.#held.to >= 2 * this.#pad) settled.push(this.#release(Number.POSITIVE_INFINITY));
    return settled;
  }

  /** No region to come begins before this (seconds). */
  get unsettledFrom(): number {
    return this.#held?.from ?? Math.max(0, (this.#tracker.speakingSince ?? this.#tracker.now) - this.#pad);
  }

  /** The rest, when the audio is over after so many seconds. */
  finish(duration: number): Region[] {
    const settled: Region[] = [];
    const event = this.#tracker.finish();
    if (event?.type === "ended") this.#take(event, settled);
    if (this.#held) settled.push(this.#release(duration));
    return settled;
  }

  #take({ from, to }: Region, settled: Region[]): void {
    let front = Math.max(0, from - this.#pad);
    if (this.#held) {
      // Two pads that would overlap meet in the middle.
      const border = Math.max(front, (this.#held.to + from) / 2);
      front = border;
      settled.push(this.#release(border));
    }
    this.#held = { from: front, to };
  }

  #release(border: number): Region {
    const { from, to } = this.#held as Region;
    this.#held = undefined;
    return { from, to: Math.min(to + this.#pad, border) };
  }
}

/** All regions of audio that lasts so many seconds. */
export function regions(
  probabilities: Iterable<number>,
  duration: number,
  options: RegionOptions = defaultRegions,
): Region[] {
  const finder = new RegionFinder(options);
  return [...finder.add(probabilities), ...finder.finish(duration)];
}
