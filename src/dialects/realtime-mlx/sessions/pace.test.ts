import { expect, test } from "bun:test";
import { PaceWatch } from "./pace.ts";

const declared = { encoding: "linear16", rate: 16_000, channels: 1 } as const;

/** Sends audio of a rate in pieces of 100 ms; what is said of it. */
function send(rate: number, seconds: number, { speed = 1, jitter = 0 } = {}): string[] {
  let clock = 0;
  const watch = new PaceWatch(() => clock);
  const said: string[] = [];
  for (let i = 0; i < seconds * 10; i++) {
    const told = watch.add((rate / 10) * 2, declared);
    if (told !== undefined) said.push(told);
    clock += 100 / speed + (i % 2 === 0 ? jitter : -jitter);
  }
  return said;
}

test("audio at the pace of another rate is noticed once, also where the network is uneven", () => {
  for (const rate of [8000, 22_050, 44_100, 48_000])
    for (const jitter of [0, 30])
      expect(send(rate, 20, { jitter })).toEqual([expect.stringContaining(`of ${rate} Hz`)]);
});

test("audio at its own pace, or as fast as it goes, is not", () => {
  expect(send(16_000, 60, { jitter: 50 })).toEqual([]);
  for (const speed of [1.2, 1.8, 4, 20]) expect(send(16_000, 60, { speed })).toEqual([]);
});
