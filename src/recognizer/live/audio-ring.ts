/** The PCM of one live channel that is still needed, by its place in the audio. Its memory follows what is held, not what was heard. */

import type { Span } from "../packing.ts";
import { quietest } from "../quietest.ts";

/** Samples of room that are never given back: half a second. A silent channel holds its pre-roll and a push, which is twice that. */
const LEAST_ROOM = 8192;

export class AudioRing {
  #room = new Float32Array(LEAST_ROOM);
  /** Index of the first sample that is kept, and its number in the channel. */
  #at = 0;
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
    return this.#room.length;
  }

  push(pcm: Float32Array): void {
    const kept = this.#end - this.#from;
    if (this.#at + kept + pcm.length > this.#room.length) this.#makeRoom(kept + pcm.length);
    this.#room.set(pcm, this.#at + kept);
    this.#end += pcm.length;
  }

  /** Drops the samples before this one. */
  forget(before: number): void {
    const from = Math.min(Math.max(before, this.#from), this.#end);
    this.#at += from - this.#from;
    this.#from = from;
  }

  /** A copy of a span; what is unknown or forgotten is left out. */
  slice({ from, to }: Span): Float32Array {
    const start = this.#at + Math.max(from, this.#from) - this.#from;
    return this.#room.slice(start, Math.max(start, this.#at + Math.min(to, this.#end) - this.#from));
  }

  /** Where in a span a cut hurts least. */
  quietest(span: Span): number {
    return Math.max(span.from, this.#from) + quietest(this.slice(span));
  }

  /** Moves what is kept to the front, of a larger or smaller room where this one does not fit: at least a third of it is then free. */
  #makeRoom(needed: number): void {
    let size = LEAST_ROOM;
    while (size < 1.5 * needed) size *= 2;
    const kept = this.#room.subarray(this.#at, this.#at + this.#end - this.#from);
    if (size === this.#room.length) this.#room.copyWithin(0, this.#at, this.#at + kept.length);
    else {
      this.#room = new Float32Array(size);
      this.#room.set(kept);
    }
    this.#at = 0;
  }
}
