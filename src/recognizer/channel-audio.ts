/** The PCM of one channel that is still needed, by its place in the audio: what is behind the last window is forgotten. */
import type { Span, Window } from "./packing.ts";
import { quietest } from "./quietest.ts";

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
    return from + quietest(this.slice({ from, to }));
  }
}
