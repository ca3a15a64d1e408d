/**
 * The model writes at most 224 tokens at once. Where a language takes more of them for 28 s of speech (a Hindi syllable may be three),
 * the window is decoded in halves.
 */

import type { HeardWindow } from "./listener.ts";
import type { Span, Window } from "./packing.ts";
import { quietest } from "./quietest.ts";

/** Two windows that hold what one does, cut in its middle third: in the longest pause there, else where it is quietest. */
export function halve({ window, pcm, voiced }: HeardWindow): [HeardWindow, HeardWindow] {
  const at = cutOf(window, pcm, voiced);
  return [
    { window: part(window, 0, at), pcm: pcm.subarray(0, at), voiced: within(window, voiced, 0, at) },
    {
      window: part(window, at, window.length),
      pcm: pcm.subarray(at),
      voiced: within(window, voiced, at, window.length),
    },
  ];
}

/** Sample of the window. */
function cutOf(window: Window, pcm: Float32Array, voiced: readonly Span[]): number {
  const from = Math.floor(window.length / 3);
  const to = Math.ceil((2 * window.length) / 3);
  const heard = window.pieces.flatMap((piece) =>
    within(window, voiced, piece.at, piece.at + piece.length).map((span) => ({
      from: span.from - piece.from + piece.at,
      to: span.to - piece.from + piece.at,
    })),
  );
  let longest = { length: 0, middle: 0 };
  for (const [i, { to: end }] of heard.entries()) {
    const next = heard[i + 1];
    if (next === undefined) break;
    const middle = Math.floor((end + next.from) / 2);
    if (middle > from && middle < to && next.from - end > longest.length) longest = { length: next.from - end, middle };
  }
  return longest.length > 0 ? longest.middle : from + quietest(pcm.subarray(from, to));
}

/** The samples of a window from `from` to `to` as a window. */
function part(window: Window, from: number, to: number): Window {
  const pieces = window.pieces.flatMap((piece) => {
    const start = Math.max(piece.at, from);
    const end = Math.min(piece.at + piece.length, to);
    return start < end ? [{ at: start - from, from: piece.from + start - piece.at, length: end - start }] : [];
  });
  const speech = pieces.flatMap((piece) => cut(window.speech, piece.from, piece.from + piece.length));
  return { pieces, speech, length: to - from };
}

/** Spans of the channel that lie between two samples of the window. */
function within(window: Window, spans: readonly Span[], from: number, to: number): Span[] {
  return part(window, from, to).pieces.flatMap((piece) => cut(spans, piece.from, piece.from + piece.length));
}

function cut(spans: readonly Span[], from: number, to: number): Span[] {
  return spans
    .map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
    .filter((span) => span.from < span.to);
}
