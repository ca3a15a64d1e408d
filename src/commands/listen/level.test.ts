import { expect, test } from "bun:test";
import { Level } from "./level.ts";

const RATE = 16_000;
const tone = (seconds: number, amplitude: number) =>
  Float32Array.from({ length: seconds * RATE }, (_, i) => amplitude * Math.sin((2 * Math.PI * 440 * i) / RATE));

test("full scale fills the meter, a quiet room begins it", () => {
  const level = new Level(RATE);
  level.push(tone(0.1, 1));
  expect(`${level}`).toBe("[=========== ] -3 dB");
  const quiet = new Level(RATE);
  quiet.push(tone(0.1, 0.002));
  expect(`${quiet}`).toBe("[=           ] -57 dB");
});

test("a peak falls by half of the meter in a second", () => {
  const level = new Level(RATE);
  level.push(tone(0.1, 1));
  level.push(new Float32Array(RATE / 2));
  expect(level.decibels).toBeCloseTo(-18, 0);
  level.push(new Float32Array(RATE / 2));
  expect(level.decibels).toBeCloseTo(-33, 0);
});

test("a microphone without the least sound is told from a quiet room", () => {
  const level = new Level(RATE);
  level.push(new Float32Array(RATE));
  expect(`${level}`).toBe("[            ] no sound");
  level.push(tone(0.1, 0.5));
  level.push(new Float32Array());
  for (let second = 0; second < 5; second++) level.push(new Float32Array(RATE));
  expect(`${level}`).toBe("[            ] no sound");
});
