import { expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { computeCores, coresIn, quotaIn } from "./cores.ts";

function cpuinfo(cpus: readonly (readonly [socket: number, core: number])[]): string {
  return cpus
    .map(
      ([socket, core], n) =>
        `processor\t: ${n}\nphysical id\t: ${socket}\nsiblings\t: 4\ncore id\t\t: ${core}\ncpu cores\t: 2\n`,
    )
    .join("\n");
}

test("hyper-threads of one core count once, cores of two sockets twice", () => {
  expect(
    coresIn(
      cpuinfo([
        [0, 0],
        [0, 1],
        [0, 0],
        [0, 1],
      ]),
    ),
  ).toBe(2);
  expect(
    coresIn(
      cpuinfo([
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]),
    ),
  ).toBe(4);
  expect(coresIn("processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd\n\nprocessor\t: 1\n")).toBe(0);
});

test("a container's quota is whole cores, at least one", () => {
  expect(quotaIn("max 100000\n")).toBe(Number.POSITIVE_INFINITY);
  expect(quotaIn("")).toBe(Number.POSITIVE_INFINITY);
  expect(quotaIn("250000 100000\n")).toBe(2);
  expect(quotaIn("50000 100000\n")).toBe(1);
});

test("this machine has cores to compute on", () => {
  expect(computeCores()).toBeGreaterThanOrEqual(1);
  expect(computeCores()).toBeLessThanOrEqual(availableParallelism());
});
