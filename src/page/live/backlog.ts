/** Audio that no final covers yet: after a lost connection it is sent again, so that no word is missing. */

interface Chunk {
  bytes: ArrayBuffer;
  /** Seconds of audio before it. */
  from: number;
}

/** Seconds that are kept: longer than an utterance may be. */
const MOST = 60;

export class Backlog {
  readonly #rate: number;
  #chunks: Chunk[] = [];
  #heard = 0;

  /** Samples per second, of 16 bits. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Seconds heard so far. */
  get heard(): number {
    return this.#heard;
  }

  add(bytes: ArrayBuffer): void {
    this.#chunks.push({ bytes, from: this.#heard });
    this.#heard += bytes.byteLength / 2 / this.#rate;
    this.#forgetBefore(this.#heard - MOST);
  }

  /** Everything before so many seconds is final. */
  settled(until: number): void {
    this.#forgetBefore(until);
  }

  /** What a new connection is sent first, and the time at which that begins. */
  replay(): { from: number; chunks: ArrayBuffer[] } {
    return { from: this.#chunks[0]?.from ?? this.#heard, chunks: this.#chunks.map(({ bytes }) => bytes) };
  }

  #forgetBefore(time: number): void {
    let covered = 0;
    while (covered < this.#chunks.length && (this.#chunks[covered + 1]?.from ?? this.#heard) <= time) covered++;
    if (covered > 0) this.#chunks = this.#chunks.slice(covered);
  }
}
