/**
 * What many streams push in one turn of the event loop, on its way to the VAD thread as one message: a message of its own for each frame of
 * 800 streams would keep the server's thread busy with nothing else. The samples lie in memory that both threads see, and are copied once.
 */
import { FRAME_SAMPLES } from "./speech.ts";

/** Samples of room that a bundle begins with: 64 frames. */
const LEAST_ROOM = 64 * FRAME_SAMPLES;
const LEAST_HEADS = 3 * 64;
/** A bundle that had to become larger than this (samples: 1 MB) is not used again: it was a file's. */
const MOST_KEPT = 262_144;

export class Bundle {
  #heads = new Float64Array(LEAST_HEADS);
  #pushes = 0;
  /** Pushes that are not answered. */
  waiting = 0;
  #pcm = shared(LEAST_ROOM);
  #used = 0;

  get isEmpty(): boolean {
    return this.#pushes === 0;
  }

  /** For each push three numbers: the stream's id, the push's ticket, and its frames. */
  get heads(): Float64Array {
    return this.#heads.slice(0, 3 * this.#pushes);
  }

  /** True when all is answered, and its memory is worth being used again. */
  get isReusable(): boolean {
    return this.waiting === 0 && this.#pcm.length <= MOST_KEPT;
  }

  get pcm(): Float32Array {
    return this.#pcm;
  }

  /** Makes room for a push of so many samples, whole frames; the answer is where in `pcm` it is to be written, before the next call. */
  add(id: number, ticket: number, samples: number): number {
    const at = this.#used;
    this.#used += samples;
    if (this.#used > this.#pcm.length) this.#grow();
    if (3 * this.#pushes === this.#heads.length) {
      const more = new Float64Array(2 * this.#heads.length);
      more.set(this.#heads);
      this.#heads = more;
    }
    const head = 3 * this.#pushes++;
    this.#heads[head] = id;
    this.#heads[head + 1] = ticket;
    this.#heads[head + 2] = samples / FRAME_SAMPLES;
    this.waiting++;
    return at;
  }

  /** Forgets what was in it. */
  empty(): void {
    this.#pushes = 0;
    this.#used = 0;
    this.waiting = 0;
  }

  #grow(): void {
    let room = this.#pcm.length;
    while (room < this.#used) room *= 2;
    const larger = shared(room);
    larger.set(this.#pcm);
    this.#pcm = larger;
  }
}

/** Gives the pushes of a bundle to whoever reads them in the other thread. */
export function unpack(
  heads: Float64Array,
  pcm: Float32Array,
  push: (id: number, ticket: number, pcm: Float32Array) => void,
): void {
  let at = 0;
  for (let head = 0; head < heads.length; head += 3) {
    const end = at + (heads[head + 2] as number) * FRAME_SAMPLES;
    push(heads[head] as number, heads[head + 1] as number, pcm.subarray(at, end));
    at = end;
  }
}

function shared(samples: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(samples * Float32Array.BYTES_PER_ELEMENT));
}
