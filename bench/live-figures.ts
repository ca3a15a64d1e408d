/** The arithmetic of the live bench: from events and their times to the figures of a table. */
import type { SessionEvent } from "../src/recognizer/live/events.ts";
import type { Arrival } from "./live-load.ts";
import type { Speech, Spoken } from "./live-speech.ts";
import { median, quantile } from "./report.ts";
import { type Score, score } from "./wer.ts";

/** Samples of a millisecond. */
const MS = 16;

/** Many durations in little memory, to a quarter of a millisecond; what is beyond ten seconds counts as ten. */
export class Durations {
  readonly #counts = new Uint32Array(40_001);
  #count = 0;
  most = 0;

  add(milliseconds: number): void {
    const bucket = Math.min(this.#counts.length - 1, Math.floor(milliseconds * 4));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    this.most = Math.max(this.most, milliseconds);
  }

  get count(): number {
    return this.#count;
  }

  quantile(share: number): number {
    let left = this.#count * share;
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left < 0 || (left === 0 && share === 1)) return bucket / 4;
    }
    return this.most;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.most = 0;
  }
}

type Of<Type extends SessionEvent["type"]> = Extract<SessionEvent, { type: Type }>;

/** What became of one clip; milliseconds. */
export interface ClipFigures {
  /** From the end of what is audible to the last final; undefined: there was none. */
  final: number | undefined;
  /** The same where that is the end of the words; undefined elsewhere. */
  quiet: number | undefined;
  /** From the last frame that the VAD took for speech to the last final. */
  heard: number | undefined;
  /** From the endpoint to the final. */
  decode: number | undefined;
  /** From the first audible frame to the first partial that has a word. */
  firstPartial: number | undefined;
  /** Between one partial of an utterance and the next. */
  cadence: number[];
}

/** The figures of each clip of a stream. A final belongs to the clip in or after which its middle lies. */
export function clipFigures({ spoken }: Speech, arrivals: readonly Arrival[]): ClipFigures[] {
  return spoken.map((clip, i) => {
    const next = spoken[i + 1]?.from ?? Number.POSITIVE_INFINITY;
    const isInside = (seconds: number) => seconds * 1000 * MS >= clip.from && seconds * 1000 * MS < next;
    const of = <Type extends SessionEvent["type"]>(type: Type, at: (event: Of<Type>) => number) =>
      arrivals.filter(({ event }) => event.type === type && isInside(at(event as Of<Type>)));
    const last = of("final", ({ from, to }) => (from + to) / 2).findLast(({ event }) => (event as Of<"final">).text);
    const ended = of("speech-ended", ({ spokenTo }) => spokenTo).at(-1);
    const partials = of("partial", ({ words }) => words[0]?.from ?? 0);
    return {
      final: since(clip.audibleTo, last),
      quiet: clip.endsQuiet ? since(clip.audibleTo, last) : undefined,
      heard: last && ended && last.at - 1000 * (ended.event as Of<"speech-ended">).spokenTo,
      decode: last && ended && Math.max(0, last.at - ended.at),
      firstPartial: since(clip.audibleFrom, partials[0]),
      cadence: cadenceOf(partials),
    };
  });
}

function since(sample: number, arrival: Arrival | undefined): number | undefined {
  return arrival && arrival.at - sample / MS;
}

function cadenceOf(partials: readonly Arrival[]): number[] {
  return partials.flatMap(({ event, at }, i) => {
    const before = partials[i - 1];
    const isSame = before && (before.event as Of<"partial">).utterance === (event as Of<"partial">).utterance;
    return isSame ? [at - before.at] : [];
  });
}

/** A stream's finals against all that was said in it. */
export function streamScore({ spoken }: Speech, arrivals: readonly Arrival[]): Score {
  const text = arrivals.flatMap(({ event }) => (event.type === "final" ? [event.text] : [])).join(" ");
  return score(referenceOf(spoken), text);
}

export function referenceOf(spoken: readonly Spoken[]): string {
  return spoken.map(({ reference }) => reference).join(" ");
}

/** One row of the table. */
export interface LatencyFigures {
  clips: number;
  /** Clips of which no word became final. */
  lost: number;
  median: number;
  p95: number;
  beyondMedian: number;
  beyondP95: number;
  /** Beyond the endpointing, where the end of what is audible is that of the words, and how many clips that are. */
  quietClips: number;
  quietMedian: number;
  quietP95: number;
  /** Beyond the endpointing, after the last frame that the VAD took for speech. */
  heardMedian: number;
  heardP95: number;
  /** From the endpoint to the final. */
  decodeMedian: number;
  decodeP95: number;
  firstPartial: number;
  firstPartial95: number;
  cadence: number;
}

/** Medians and 95th percentiles over clips. */
export function latencyFigures(figures: readonly ClipFigures[], endpointing: number): LatencyFigures {
  const known = (values: (number | undefined)[]) => values.filter((value) => value !== undefined);
  const finals = known(figures.map(({ final }) => final));
  const quiets = known(figures.map(({ quiet }) => quiet));
  const heards = known(figures.map(({ heard }) => heard));
  const decodes = known(figures.map(({ decode }) => decode));
  const firsts = known(figures.map(({ firstPartial }) => firstPartial));
  return {
    clips: figures.length,
    lost: figures.length - finals.length,
    median: median(finals),
    p95: quantile(finals, 0.95),
    beyondMedian: median(finals) - endpointing,
    beyondP95: quantile(finals, 0.95) - endpointing,
    quietClips: quiets.length,
    quietMedian: median(quiets) - endpointing,
    quietP95: quantile(quiets, 0.95) - endpointing,
    heardMedian: median(heards) - endpointing,
    heardP95: quantile(heards, 0.95) - endpointing,
    decodeMedian: median(decodes),
    decodeP95: quantile(decodes, 0.95),
    firstPartial: median(firsts),
    firstPartial95: quantile(firsts, 0.95),
    cadence: median(figures.flatMap(({ cadence }) => cadence)),
  };
}
