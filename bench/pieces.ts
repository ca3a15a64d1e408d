/** Clips whose edges are known, alone and joined with silences of known length. */
import { benchClips, join as joinPcm, pcmOf, RATE } from "./clips.ts";
import { type Edges, edgesOf } from "./edges.ts";

export interface Piece {
  pcm: Float32Array;
  edges: Edges;
}

/** Clips whose edges stand out from their noise. */
export function pieces(...sets: string[]): Piece[] {
  return benchClips(...sets).flatMap((clip) => {
    const pcm = pcmOf(clip);
    const edges = pcm && edgesOf(pcm);
    return pcm && edges ? [{ pcm, edges }] : [];
  });
}

/** Several clips in one file with silences of `shortest` to `longest` seconds between them, and where each then is. */
export function joinPieces(
  some: readonly Piece[],
  shortest: number,
  longest: number,
  random: () => number,
): { pcm: Float32Array; truth: Edges[] } {
  const parts: Float32Array[] = [];
  const truth: Edges[] = [];
  let at = 0;
  for (const { pcm, edges } of some) {
    // Only the sound itself with 50 ms around it, so that the silence is as long as it is said to be.
    const from = Math.max(0, edges.from - 0.05);
    const own = pcm.slice(Math.round(from * RATE), Math.round((edges.to + 0.05) * RATE));
    const gap = new Float32Array(Math.round((shortest + (longest - shortest) * random()) * RATE));
    truth.push({ from: at + edges.from - from, to: at + edges.to - from });
    parts.push(own, gap);
    at += (own.length + gap.length) / RATE;
  }
  return { pcm: joinPcm(parts), truth };
}

/** Groups of so many; what is left over is left out. */
export const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.floor(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
