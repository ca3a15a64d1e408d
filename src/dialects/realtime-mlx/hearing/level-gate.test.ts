import { expect, test } from "bun:test";
import { GATE_FRAME, LevelGate } from "./level-gate.ts";

/** A tone of so many dBFS. */
function tone(level: number, frames: number): Float32Array {
  const peak = Math.SQRT2 * 10 ** (level / 20);
  return Float32Array.from({ length: frames * GATE_FRAME }, (_, i) => peak * Math.sin((i * 2 * Math.PI) / 40));
}

function through(gate: LevelGate, pcm: Float32Array, piece: number): Float32Array {
  const out: number[] = [];
  for (let at = 0; at < pcm.length; at += piece) out.push(...gate.push(pcm.subarray(at, at + piece)));
  return Float32Array.from([...out, ...gate.flush()]);
}

const loud = (pcm: Float32Array) => pcm.some((sample) => sample !== 0);

test("what is loud enough passes as it is, what is not becomes silence; nothing is lost", () => {
  expect(through(new LevelGate(-60), tone(-59, 10), 1000)).toEqual(tone(-59, 10));
  const quiet = through(new LevelGate(-60), tone(-61, 10), 1000);
  expect([quiet.length, loud(quiet)]).toEqual([10 * GATE_FRAME, false]);
});

test("it opens 90 ms before the loud sound and stays open 300 ms after it, however the sound is cut", () => {
  const pcm = Float32Array.from([...tone(-70, 20), ...tone(-20, 5), ...tone(-70, 30)]);
  for (const piece of [1, 320, GATE_FRAME, 7777]) {
    const out = through(new LevelGate(-60), pcm, piece);
    expect(out.length).toBe(pcm.length);
    const frames = Array.from({ length: 55 }, (_, i) => loud(out.subarray(i * GATE_FRAME, (i + 1) * GATE_FRAME)));
    expect(frames.indexOf(true)).toBe(17);
    expect(frames.lastIndexOf(true)).toBe(34);
  }
});
