import { expect, test } from "bun:test";
import { AudioRing } from "./audio-ring.ts";

/** Samples that say their own number. */
const count = (from: number, length: number) => Float32Array.from({ length }, (_, i) => from + i);

test("gives spans by their place in the audio", () => {
  const ring = new AudioRing();
  for (let at = 0; at < 100_000; at += 320) {
    ring.push(count(at, 320));
    ring.forget(at - 16_000);
  }
  const { end } = ring;
  expect(ring.slice({ from: end - 400, to: end - 398 })).toEqual(count(end - 400, 2));
  expect(ring.slice({ from: 0, to: end })).toEqual(count(ring.from, end - ring.from));
  expect(ring.slice({ from: end - 1, to: end + 9 })).toEqual(count(end - 1, 1));
  expect(ring.slice({ from: 0, to: 10 })).toHaveLength(0);
  expect(ring.slice({ from: end - 3000.5, to: end - 0.5 })).toEqual(count(end - 3001, 3000));
});

test("an hour of audio takes no more memory than what is kept of it", () => {
  const ring = new AudioRing();
  const second = count(0, 16_000);
  let most = 0;
  for (let s = 0; s < 3600; s++) {
    ring.push(second);
    ring.forget(ring.end - 80_000);
    most = Math.max(most, ring.room);
  }
  expect(most).toBeLessThanOrEqual(4 * 96_000);
  expect(ring.end).toBe(3600 * 16_000);
});

test("takes little more memory than what is kept", () => {
  const ring = new AudioRing();
  for (let at = 0; at < 100_000; at += 320) {
    ring.push(count(at, 320));
    ring.forget(ring.end - 8192);
    expect(ring.room).toBeLessThanOrEqual(8192 + 2 * 1024);
  }
  ring.forget(ring.end);
  expect(ring.room).toBeLessThanOrEqual(1024);
});

test("what one has let go of, another may hold", () => {
  const [one, other] = [new AudioRing(), new AudioRing()];
  for (let at = 0; at < 100_000; at += 1000) {
    one.push(count(at, 1000));
    other.push(count(-at, 1000));
    expect(one.slice({ from: at - 3000, to: at + 1000 })).toEqual(
      count(Math.max(0, at - 3000), at < 3000 ? at + 1000 : 4000),
    );
    expect(other.slice({ from: at, to: at + 1000 })).toEqual(count(-at, 1000));
    one.forget(at - 2000);
    other.forget(at + 500);
  }
});

test("memory that was needed once is given back", () => {
  const ring = new AudioRing();
  ring.push(count(0, 1_000_000));
  expect(ring.room).toBeGreaterThanOrEqual(1_000_000);
  ring.forget(1_000_000);
  for (let i = 0; i < 100; i++) {
    ring.push(count(0, 16_000));
    ring.forget(ring.end);
  }
  expect(ring.room).toBeLessThan(100_000);
});

test("takes pushes of one sample", () => {
  const ring = new AudioRing();
  for (let i = 0; i < 100_000; i++) ring.push(count(i, 1));
  expect(ring.slice({ from: 0, to: 100_000 })).toEqual(count(0, 100_000));
});

test("finds the quietest place", () => {
  const ring = new AudioRing();
  const pcm = new Float32Array(32_000).fill(0.5);
  pcm.fill(0, 20_000, 24_000);
  ring.push(pcm);
  const cut = ring.quietest({ from: 8000, to: 32_000 });
  expect(cut).toBeGreaterThan(20_000);
  expect(cut).toBeLessThan(24_000);
});
