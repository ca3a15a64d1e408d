/**
 * One channel's utterances: probabilities go in frame by frame, and what they change comes out. The rules of speech and silence are those of
 * vad/regions.ts; what is added is how long a silence must last to end an utterance, and how long an utterance may become. Positions are
 * samples of the channel.
 */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { SpeechTracker } from "../../vad/regions.ts";
import { FRAME_SAMPLES, type RegionOptions } from "../../vad/speech.ts";
import type { Span } from "../packing.ts";

export interface SegmenterOptions {
  vad: RegionOptions;
  /** Milliseconds of silence that end an utterance; `manual`: none does. */
  endpointing: number | "manual";
  /** Milliseconds of silence after which a final may be begun on suspicion. */
  likelyAfter: number;
  /** Milliseconds before the first frame of speech that belong to the utterance. */
  preRoll: number;
  /** Seconds: a longer utterance is cut. */
  maxUtterance: number;
}

/** An utterance, and where the speech in it ends. */
export interface Ended {
  span: Span;
  spokenTo: number;
}

export type Segmentation =
  /** The first frame of speech, without what stands before it. */
  | { type: "started"; from: number }
  /** The silence after `span` has lasted as long as `likelyAfter` asks: if it goes on, this is the utterance. */
  | { type: "suspected"; span: Span }
  /** After `suspected`: it was a pause. */
  | { type: "resumed" }
  /** A piece of an utterance, which goes on unless a silence follows. */
  | { type: "cut"; span: Span }
  | ({ type: "ended" } & Ended);

/** The closure of a consonant lasts up to 80 ms: a silence shorter than three frames ends nothing. */
const LEAST_ENDPOINTING = 96;

/** Frames with less than this probability are silent beyond doubt. */
const SILENT = 0.05;

/** Milliseconds of the silence after an utterance that are decoded with it: it may be the soft end of a word. */
const PAD = 160;

/** What a cut leaves behind has at least this many samples: less has no context. */
const LEAST_REST = 0.5 * SAMPLE_RATE;

export class Segmenter {
  #options: SegmenterOptions;
  /** Where a cut between two samples hurts least. */
  readonly #quietest: (span: Span) => number;
  #tracker: SpeechTracker;
  /** Sample at which the tracker began. */
  #base = 0;
  /** Before this sample everything is in an utterance that is over. */
  #taken = 0;
  /** Where the last speech ended. */
  #spokenTo = 0;
  #from: number | undefined;
  /** Where the silence began that goes on in an open utterance. */
  #silentFrom: number | undefined;
  /** Since this sample all is silent beyond doubt. */
  #surelySilentFrom = 0;
  #isSuspected = false;

  constructor(options: SegmenterOptions, quietest: (span: Span) => number) {
    this.#options = options;
    this.#quietest = quietest;
    this.#tracker = this.#newTracker();
  }

  /** Samples whose probabilities are known. */
  get now(): number {
    return this.#base + samples(this.#tracker.now);
  }

  /** Where the open utterance begins. */
  get openFrom(): number | undefined {
    return this.#from;
  }

  /** Where the silence began that goes on now; undefined while somebody speaks. */
  get silentFrom(): number | undefined {
    return this.#from === undefined ? this.#taken : this.#silentFrom;
  }

  /** While none is open, nobody speaks between the last utterance and this sample. */
  get quietTo(): number {
    const since = this.#tracker.speakingSince;
    return since === undefined ? this.now : this.#base + samples(since);
  }

  /** Samples since anybody spoke. */
  get silence(): number {
    const from = this.#from === undefined ? this.#spokenTo : this.#silentFrom;
    return from === undefined ? 0 : this.now - from;
  }

  /** Milliseconds between the suspicion that an utterance is over and its end. */
  get ahead(): number {
    const { endpointing, likelyAfter } = this.#options;
    return endpointing === "manual" ? Infinity : Math.max(endpointing, LEAST_ENDPOINTING) - likelyAfter;
  }

  /** No utterance to come begins before this sample. */
  get neededFrom(): number {
    return this.#from ?? Math.max(this.#taken, this.quietTo - this.#preRoll);
  }

  /** Holds from the next frame on; what is open stays so. */
  configure(options: SegmenterOptions): void {
    this.#options = options;
    // Other rules of speech hold from the next silence on.
    if (this.#tracker.speakingSince === undefined && this.#from === undefined) this.#listenAnew();
  }

  /** Takes the next frame's probability. */
  add(probability: number): Segmentation[] {
    const found: Segmentation[] = [];
    const event = this.#tracker.add(probability);
    if (probability >= SILENT) this.#surelySilentFrom = this.now;
    if (event?.type === "started") this.#speech(this.#base + samples(event.from), found);
    else if (event?.type === "resumed") this.#speech(this.now, found);
    else if (event?.type === "silence") this.#silentFrom = this.#base + samples(event.from);
    else if (event?.type === "ended") this.#silentFrom = this.#base + samples(event.to);
    if (this.#from !== undefined) this.#measure(this.#from, found);
    return found;
  }

  /** Ends what is open at this sample, which may be some samples after the last whole frame. */
  finalize(end: number): Ended | undefined {
    const from = this.#from;
    if (from === undefined) return undefined;
    const spokenTo = this.#silentFrom ?? end;
    const span = { from, to: this.#silentFrom === undefined ? end : Math.min(end, this.#padded(spokenTo)) };
    this.#close(Math.max(span.to, this.now), spokenTo);
    return { span, spokenTo };
  }

  /** Forgets what is open, up to this sample. */
  discard(end: number): void {
    this.#close(Math.max(end, this.now), this.#from === undefined ? this.#spokenTo : (this.#silentFrom ?? this.now));
  }

  get #preRoll(): number {
    return milliseconds(this.#options.preRoll);
  }

  #newTracker(): SpeechTracker {
    const { vad } = this.#options;
    return new SpeechTracker({ ...vad, minSilenceMs: Math.min(vad.minSilenceMs, LEAST_ENDPOINTING) });
  }

  #speech(from: number, found: Segmentation[]): void {
    if (this.#from === undefined) {
      this.#from = Math.max(this.#taken, from - this.#preRoll);
      found.push({ type: "started", from: Math.max(this.#taken, from) });
    } else if (this.#isSuspected) found.push({ type: "resumed" });
    this.#isSuspected = false;
    this.#silentFrom = undefined;
  }

  #measure(from: number, found: Segmentation[]): void {
    const { endpointing, likelyAfter, maxUtterance } = this.#options;
    const silentFrom = this.#silentFrom;
    if (silentFrom !== undefined) {
      const silence = this.now - silentFrom;
      const span = { from, to: this.#padded(silentFrom) };
      const since = this.#tracker.speakingSince;
      // Speech that may be about to begin again holds the end for the frames it takes to be sure.
      const isQuiet = since === undefined || this.#base + samples(since) < silentFrom;
      // Its first frame holds the last of the speech.
      const isSure = this.#surelySilentFrom <= silentFrom + FRAME_SAMPLES;
      const least = endpointing === "manual" ? Infinity : Math.max(endpointing, LEAST_ENDPOINTING);
      if (isQuiet && silence >= (isSure ? nearest(least) : nearly(least))) {
        found.push({ type: "ended", span, spokenTo: silentFrom });
        this.#close(span.to, silentFrom);
        return;
      }
      if (!this.#isSuspected && silence >= nearly(likelyAfter)) {
        this.#isSuspected = true;
        found.push({ type: "suspected", span });
      }
    }
    if (this.now - from < maxUtterance * SAMPLE_RATE) return;
    if (silentFrom === undefined) this.#cut(from, found);
    else if (endpointing === "manual") this.#cutSilence({ from, to: this.#padded(silentFrom) }, found);
  }

  /** Cuts a long utterance where it is quietest, more than once when a long pause has made it very long. */
  #cut(from: number, found: Segmentation[]): void {
    const most = this.#options.maxUtterance * SAMPLE_RATE;
    let next = from;
    while (this.now - next >= most) {
      const latest = Math.min(next + most, this.now - LEAST_REST);
      const to = this.#quietest({ from: next + (latest - next) / 2, to: latest });
      found.push({ type: "cut", span: { from: next, to } });
      next = to;
    }
    this.#taken = next;
    this.#from = next;
  }

  /** A silence that only `finalize` could end is no part of an utterance: the next one begins where speech does. */
  #cutSilence(span: Span, found: Segmentation[]): void {
    found.push({ type: "cut", span });
    this.#taken = span.to;
    this.#spokenTo = this.#silentFrom ?? span.to;
    this.#from = undefined;
    this.#silentFrom = undefined;
    this.#isSuspected = false;
  }

  #padded(silentFrom: number): number {
    return Math.min(this.now, silentFrom + milliseconds(Math.min(PAD, this.#options.likelyAfter)));
  }

  /** What comes next is a new utterance, also where the speech goes on. */
  #close(taken: number, spokenTo: number): void {
    this.#listenAnew();
    this.#taken = taken;
    this.#spokenTo = spokenTo;
    this.#from = undefined;
    this.#silentFrom = undefined;
    this.#isSuspected = false;
  }

  #listenAnew(): void {
    this.#base = this.now;
    this.#tracker = this.#newTracker();
  }
}

const samples = (seconds: number): number => Math.round(seconds * SAMPLE_RATE);

/** Whole frames, at least as long. */
function milliseconds(ms: number): number {
  return Math.ceil((ms * SAMPLE_RATE) / 1000 / FRAME_SAMPLES) * FRAME_SAMPLES;
}

/** Whole frames, short by a quarter of one at most: the end of speech is heard later than that as it is, and 200 ms are then no 224. */
function nearly(ms: number): number {
  return Math.ceil((ms * SAMPLE_RATE) / 1000 / FRAME_SAMPLES - 0.25) * FRAME_SAMPLES;
}

/** The whole frames that come nearest: 300 ms are nine of them. */
function nearest(ms: number): number {
  return Math.round((ms * SAMPLE_RATE) / 1000 / FRAME_SAMPLES) * FRAME_SAMPLES;
}
