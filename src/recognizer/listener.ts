/** One channel's ear: PCM goes in as it comes, windows of speech come out as soon as they are settled. */
import { SAMPLE_RATE } from "../engine/settings.ts";
import { RegionFinder } from "../vad/regions.ts";
import type { Region, RegionOptions, SpeechStream } from "../vad/speech.ts";
import { ChannelAudio } from "./channel-audio.ts";
import { createPacker, type Packer, type PackingLimits, type Span, type Window } from "./packing.ts";
import { Voicing } from "./voicing.ts";

/** A window with its PCM. */
export interface HeardWindow {
  window: Window;
  pcm: Float32Array;
  /** Where in it, to a frame of the VAD, somebody speaks: samples of the channel. */
  voiced: readonly Span[];
}

/** What a cut of a long stretch leaves behind is at least this long (samples): less has no context. */
const LEAST_REST = 2 * SAMPLE_RATE;

/**
 * The VAD misses words of a recording whose loudest sample is below FAINT: 1 % of LibriSpeech's speech at 20 dB less than it
 * was recorded with, 7 % at 35 dB less. It hears such a recording as if its loudest sample were AUDIBLE, by at most 40 dB more.
 */
const FAINT = 0.1;
const AUDIBLE = 0.25;
const MOST_GAIN = 100;

export class Listener {
  readonly #stream: SpeechStream;
  readonly #limits: PackingLimits;
  readonly #audio = new ChannelAudio();
  readonly #finder: RegionFinder;
  readonly #packer: Packer;
  readonly #voicing: Voicing;
  /** Up to this sample the packer has had everything. */
  #packed = 0;
  #speech = 0;
  #over = false;
  #loudest = 0;

  constructor(stream: SpeechStream, regions: RegionOptions, limits: PackingLimits) {
    this.#stream = stream;
    this.#limits = limits;
    this.#finder = new RegionFinder(regions);
    this.#packer = createPacker(limits);
    this.#voicing = new Voicing(regions.threshold);
  }

  /** Samples heard. */
  get heard(): number {
    return this.#audio.end;
  }

  /** Samples of speech found. */
  get speech(): number {
    return this.#speech;
  }

  /** Before this sample everything is in a window that was taken, or is silence. */
  get settled(): number {
    return Math.min(this.#packer.heldFrom ?? this.#audio.end, this.#over ? this.#audio.end : this.#open);
  }

  /** Takes the next block; returns the windows that it settles when the channel goes on for `rest` more samples at least. */
  async hear(pcm: Float32Array, rest: number): Promise<HeardWindow[]> {
    this.#audio.push(pcm);
    const probabilities = await this.#stream.push(this.#audible(pcm));
    this.#voicing.push(probabilities);
    for (const region of this.#finder.add(probabilities)) this.#pack(toSpan(region));
    // Speech without any pause cannot wait for its end: a file may be one long noise.
    while (this.#audio.end - this.#open >= this.#limits.window + LEAST_REST)
      this.#pack({ from: this.#open, to: this.#cut(this.#open, this.#audio.end) });
    return this.#take(rest);
  }

  /** The channel is over. */
  finish(): HeardWindow[] {
    this.#over = true;
    for (const region of this.#finder.finish(this.#audio.end / SAMPLE_RATE)) this.#pack(toSpan(region));
    return this.#take("end");
  }

  close(): void {
    this.#stream.close();
  }

  /** Where a region that is not settled yet may begin. */
  get #open(): number {
    return Math.max(this.#packed, Math.floor(this.#finder.unsettledFrom * SAMPLE_RATE));
  }

  #pack(region: Span): void {
    const to = Math.min(region.to, this.#audio.end);
    let from = Math.max(region.from, this.#packed);
    if (from >= to) return;
    this.#speech += to - from;
    while (from < to) {
      const end = to - from > this.#limits.window ? this.#cut(from, to) : to;
      this.#packer.add({ from, to: end });
      from = end;
    }
    this.#packed = to;
  }

  #cut(from: number, to: number): number {
    const { window } = this.#limits;
    return this.#audio.quietest({ from: from + window / 2, to: Math.min(from + window, to - LEAST_REST) });
  }

  #audible(pcm: Float32Array): Float32Array {
    for (const sample of pcm) if (Math.abs(sample) > this.#loudest) this.#loudest = Math.abs(sample);
    if (this.#loudest >= FAINT || this.#loudest === 0) return pcm;
    const gain = Math.min(MOST_GAIN, AUDIBLE / this.#loudest);
    return pcm.map((sample) => gain * sample);
  }

  #take(rest: number | "end"): HeardWindow[] {
    const windows = this.#packer.take(rest).map((window) => ({
      window,
      pcm: this.#audio.window(window),
      voiced: window.pieces.flatMap(({ from, length }) => this.#voicing.within({ from, to: from + length })),
    }));
    const needed = this.settled - this.#limits.silence;
    this.#audio.forget(needed);
    this.#voicing.forget(needed);
    return windows;
  }
}

function toSpan({ from, to }: Region): Span {
  return { from: Math.round(from * SAMPLE_RATE), to: Math.round(to * SAMPLE_RATE) };
}
