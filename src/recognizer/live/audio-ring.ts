/** The PCM of one live channel that is still needed, by its place in the audio. Its memory follows what is held, not what was heard. */

import type { Span } from "../packing.ts";
import { quietest } from "../quietest.ts";

/** Samples of a block: 64 ms. A silent channel holds its pre-roll, which is eight of them, and what the VAD has not answered yet. */
const BLOCK = 1024;

/** Blocks that nobody holds any more, for whoever needs one next: each of hundreds of silent channels lets one go, and needs one, every 64 ms. */
const spare: Float32Array[] = [];
/** 4 MB of them: the VAD answers many channels at once. */
const MOST_SPARE = 1024;

export class AudioRing {
  /** The first one holds the first sample that is kept, somewhere. */
  readonly #blocks: Float32Array[] = [];
  /** The number of its first sample in the channel. */
  #start = 0;
  #from = 0;
  #end = 0;

  /** The first sample that is kept. */
  get from(): number {
    return this.#from;
  }

  /** The first sample that is not known yet. */
  get end(): number {
    return this.#end;
  }

  /** Samples that memory is held for. */
  get room(): number {
    return this.#blocks.length * BLOCK;
  }

  push(pcm: Float32Array): void {
    for (let at = 0; at < pcm.length; ) {
      const place = this.#end - this.#start - (this.#blocks.length - 1) * BLOCK;
      if (place === BLOCK) {
        this.#blocks.push(spare.pop() ?? new Float32Array(BLOCK));
        continue;
      }
      const count = Math.min(BLOCK - place, pcm.length - at);
      this.#blocks.at(-1)?.set(count === pcm.length ? pcm : pcm.subarray(at, at + count), place);
      at += count;
      this.#end += count;
    }
  }

  /** Drops the samples before this one. */
  forget(before: number): void {
    this.#from = Math.min(Math.max(before, this.#from), this.#end);
    const count = Math.floor((this.#from - this.#start) / BLOCK);
    if (count === 0) return;
    const free = this.#blocks.splice(0, count);
    spare.push(...free.slice(0, MOST_SPARE - spare.length));
    this.#start += count * BLOCK;
  }

  /** A copy of a span; what is unknown or forgotten is left out. */
  slice({ from, to }: Span): Float32Array {
    const first = Math.floor(Math.max(from, this.#from));
    const end = Math.max(first, Math.floor(Math.min(to, this.#end)));
    const pcm = new Float32Array(end - first);
    for (let at = first; at < end; ) {
      const block = Math.floor((at - this.#start) / BLOCK);
      const place = at - this.#start - block * BLOCK;
      const count = Math.min(BLOCK - place, end - at);
      pcm.set(this.#blocks[block]?.subarray(place, place + count) ?? [], at - first);
      at += count;
    }
    return pcm;
  }

  /** Where in a span a cut hurts least. */
  quietest(span: Span): number {
    return Math.max(span.from, this.#from) + quietest(this.slice(span));
  }
}
