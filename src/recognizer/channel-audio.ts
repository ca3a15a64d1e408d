/** The PCM of one channel that is still needed, by its place in the audio: what is behind the last window is forgotten. */
import { SAMPLE_RATE } from "../engine/settings.ts";
import type { Span, Window } from "./packing.ts";

const HOP = SAMPLE_RATE / 100;
/** Long enough to bridge the closure of a consonant, shorter than most pauses between phrases. */
const SMOOTHING = 16;

export class ChannelAudio {
  #blocks: { from: number; pcm: Float32Array }[] = [];
  #end = 0;

  /** The first sample that is not known yet. */
  get end(): number {
    return this.#end;
  }

  push(pcm: Float32Array): void {
    if (pcm.length === 0) return;
    this.#blocks.push({ from: this.#end, pcm });
    this.#end += pcm.length;
  }

  /** Drops blocks that lie wholly before a sample. */
  forget(before: number): void {
    const kept = this.#blocks.findIndex(({ from, pcm }) => from + pcm.length > before);
    this.#blocks.splice(0, kept < 0 ? this.#blocks.length : kept);
  }

  /** The samples of a span; what is unknown or forgotten is silence. */
  slice({ from, to }: Span): Float32Array {
    const samples = new Float32Array(to - from);
    for (const block of this.#blocks) {
      const start = Math.max(from, block.from);
      const end = Math.min(to, block.from + block.pcm.length);
      if (start < end) samples.set(block.pcm.subarray(start - block.from, end - block.from), start - from);
    }
    return samples;
  }

  /** A window's PCM. */
  window({ pieces, length }: Window): Float32Array {
    const samples = new Float32Array(length);
    for (const piece of pieces) samples.set(this.slice({ from: piece.from, to: piece.from + piece.length }), piece.at);
    return samples;
  }

  /** Where a cut hurts least: the middle of the quietest 160 ms. */
  quietest({ from, to }: Span): number {
    const samples = this.slice({ from, to });
    const energies: number[] = [];
    for (let at = 0; at + HOP <= samples.length; at += HOP) {
      let sum = 0;
      for (let i = at; i < at + HOP; i++) sum += (samples[i] ?? 0) ** 2;
      energies.push(sum);
    }
    let best = { at: Math.floor(energies.length / 2), energy: Number.POSITIVE_INFINITY };
    let energy = 0;
    for (const [i, added] of energies.entries()) {
      energy += added - (energies[i - SMOOTHING] ?? 0);
      // Later wins among equals, so that windows are filled.
      if (i >= SMOOTHING - 1 && energy <= best.energy * (1 + 1e-9))
        best = { at: i + 1 - SMOOTHING / 2, energy: Math.max(0, energy) };
    }
    return from + best.at * HOP;
  }
}
