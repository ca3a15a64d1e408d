/**
 * Speech regions → decode windows. A window is what the engine decodes at once: pieces of a channel's audio joined, the long
 * silences between them left out. All positions are samples, so that the way back to audio time is exact.
 */
import { SAMPLE_RATE } from "../engine/settings.ts";

/** A stretch of a channel, in samples: `to` is the first one after it. */
export interface Span {
  from: number;
  to: number;
}

/** `length` samples of the channel from `from` on stand at `at` in the window. */
interface Piece {
  at: number;
  from: number;
  length: number;
}

export interface Window {
  pieces: readonly Piece[];
  /** The speech regions in it, in samples of the channel. */
  speech: readonly Span[];
  length: number;
}

export interface PackingLimits {
  /** A window's most samples: at most the engine's 30 s. */
  window: number;
  /** A silence longer than this is shortened to it. */
  silence: number;
}

export interface Packer {
  /** Takes the next region, later than all before it and no longer than a window. */
  add(region: Span): void;
  /** Windows that are settled, when the channel goes on for `rest` more samples at least; all of them when it is at its end. */
  take(rest: number | "end"): Window[];
  /** The earliest sample that a window to come still needs. */
  readonly heldFrom: number | undefined;
}

/**
 * Packs regions into windows as full as the pauses allow. Near the end of a file (or where the end is not known) two of them come
 * together before one leaves, so that the last ones share what is left evenly: a short rest would be decoded slowly and with
 * little context.
 */
export function createPacker({ window, silence }: PackingLimits): Packer {
  let queue: Span[] = [];
  let length = 0;
  const gapBefore = (i: number) => Math.min(silence, (queue[i]?.from ?? 0) - (queue[i - 1]?.to ?? 0));

  function takeOne(final: boolean): Window {
    const windows = Math.ceil(length / window);
    const goal = final ? length / windows : window;
    // Shorter than this, and the rest would need a window more.
    const least = final ? length - (windows - 1) * window : 0;
    let best = { count: 1, cost: Number.POSITIVE_INFINITY };
    let end = 0;
    for (const [i, region] of queue.entries()) {
      end += (i === 0 ? 0 : gapBefore(i)) + region.to - region.from;
      if (i > 0 && end > window) break;
      const cost = Math.abs(goal - end) + (end < least ? window : 0);
      if (cost <= best.cost) best = { count: i + 1, cost };
    }
    const regions = queue.slice(0, best.count);
    queue = queue.slice(best.count);
    length = queue.reduce((sum, { from, to }, i) => sum + (i === 0 ? 0 : gapBefore(i)) + to - from, 0);
    return join(regions, silence);
  }

  return {
    add(region) {
      length +=
        (queue.length === 0 ? 0 : Math.min(silence, region.from - (queue.at(-1)?.to ?? 0))) + region.to - region.from;
      queue.push(region);
    },
    take(rest) {
      const final = rest === "end";
      const enough = !final && rest >= 2 * window ? window : 2 * window;
      const windows: Window[] = [];
      while (queue.length > 0 && (final || length >= enough)) windows.push(takeOne(final));
      return windows;
    },
    get heldFrom() {
      return queue[0]?.from;
    },
  };
}

/** Joins regions; a silence that is shortened keeps its ends, which belong to the words beside it. */
function join(regions: readonly Span[], silence: number): Window {
  const spans: Span[] = [];
  for (const { from, to } of regions) {
    const last = spans.at(-1);
    if (last === undefined) spans.push({ from, to });
    else if (from - last.to <= silence) last.to = to;
    else {
      last.to += Math.floor(silence / 2);
      spans.push({ from: from - Math.ceil(silence / 2), to });
    }
  }
  let at = 0;
  const pieces = spans.map(({ from, to }) => {
    const piece = { at, from, length: to - from };
    at += piece.length;
    return piece;
  });
  return { pieces, speech: regions, length: at };
}

/**
 * Where seconds of window time are in audio time. Where two pieces meet, one moment of the window is two of the audio: a start
 * belongs to the later piece, an end to the earlier.
 */
export function toAudioTime(window: Window, seconds: number, edge: "start" | "end"): number {
  const sample = Math.min(Math.max(seconds * SAMPLE_RATE, 0), window.length);
  const { pieces } = window;
  const piece =
    edge === "start"
      ? (pieces.findLast(({ at }) => at <= sample) ?? pieces[0])
      : (pieces.find(({ at, length }) => sample <= at + length) ?? pieces.at(-1));
  if (piece === undefined) return seconds;
  return (piece.from + sample - piece.at) / SAMPLE_RATE;
}

/** Audio time of a span of window time; one that runs over a removed silence keeps the side where most of it lies. */
export function toAudioSpan(window: Window, from: number, to: number): { from: number; to: number } {
  const overlap = (piece: Piece) =>
    Math.min(to * SAMPLE_RATE, piece.at + piece.length) - Math.max(from * SAMPLE_RATE, piece.at);
  let best = window.pieces[0];
  for (const piece of window.pieces) if (best === undefined || overlap(piece) > overlap(best)) best = piece;
  if (best === undefined) return { from, to };
  const { at, length, from: start } = best;
  const map = (seconds: number) => (start + Math.min(Math.max(seconds * SAMPLE_RATE - at, 0), length)) / SAMPLE_RATE;
  return { from: map(from), to: map(to) };
}
