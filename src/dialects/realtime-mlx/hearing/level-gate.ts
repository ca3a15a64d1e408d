/**
 * Lets sound pass while it is loud enough, and makes silence of the rest: the part of `webrtc` and `combined` that neural detection does not
 * have. It holds everything back by 90 ms, so that the soft beginning of a loud word passes with it.
 */

/** Samples of 30 ms at 16 kHz. */
export const GATE_FRAME = 480;
/** Frames that are held back, and frames for which it stays open after the last loud one. */
const AHEAD = 3;
const HOLD = 10;

export class LevelGate {
  /** Mean square from which a frame is loud. */
  readonly #least: number;
  #rest = new Float32Array(0);
  #held: Float32Array[] = [];
  #open = 0;

  /** `level` is in dBFS: 0 is a square wave at full scale. */
  constructor(level: number) {
    this.#least = 10 ** (level / 10);
  }

  /** Takes sound of any length and gives what is settled by it. */
  push(pcm: Float32Array): Float32Array {
    const all = new Float32Array(this.#rest.length + pcm.length);
    all.set(this.#rest);
    all.set(pcm, this.#rest.length);
    const whole = all.length - (all.length % GATE_FRAME);
    this.#rest = all.slice(whole);
    const out: Float32Array[] = [];
    for (let at = 0; at < whole; at += GATE_FRAME) this.#take(all.slice(at, at + GATE_FRAME), out);
    return joined(out);
  }

  /** What is still held back: nothing more comes. */
  flush(): Float32Array {
    const out = this.#held.map((frame) => this.#gated(frame));
    out.push(this.#open > 0 ? this.#rest : new Float32Array(this.#rest.length));
    this.#held = [];
    this.#rest = new Float32Array(0);
    return joined(out);
  }

  #take(frame: Float32Array, out: Float32Array[]): void {
    this.#held.push(frame);
    // Those that are held back are to pass too.
    if (meanSquare(frame) >= this.#least) this.#open = AHEAD + 1 + HOLD;
    if (this.#held.length > AHEAD) out.push(this.#gated(this.#held.shift() as Float32Array));
  }

  #gated(frame: Float32Array): Float32Array {
    if (this.#open === 0) return new Float32Array(frame.length);
    this.#open--;
    return frame;
  }
}

function meanSquare(frame: Float32Array): number {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return sum / frame.length;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
