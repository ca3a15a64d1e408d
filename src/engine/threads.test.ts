import { describe, expect, test } from "bun:test";
import { ThreadBudget } from "./threads.ts";

/** On a machine that does nothing else. */
const quiet = (cores: number, workers: number, threads: number) => new ThreadBudget(cores, workers, threads, () => 0);

describe("the thread budget", () => {
  test("gives a lone job all idle cores, up to what helps", () => {
    expect(quiet(2, 0, 0).take(1)).toBe(2);
    expect(quiet(6, 0, 0).take(1)).toBe(6);
    expect(quiet(64, 0, 0).take(1)).toBe(8);
  });

  test("gives several jobs one thread each, or more when there are cores to spare", () => {
    const two = quiet(2, 0, 0);
    expect([two.take(5), two.take(4), two.take(3)]).toEqual([1, 1, 0]);
    const eight = quiet(8, 0, 0);
    expect([eight.take(3), eight.take(2), eight.take(1), eight.take(1)]).toEqual([2, 3, 3, 0]);
  });

  test("gives a later job what the first has left", () => {
    const budget = quiet(4, 0, 0);
    const first = budget.take(3);
    expect(first).toBe(1);
    expect(budget.take(1)).toBe(3);
    expect(budget.take(1)).toBe(0);
    budget.giveBack(first);
    expect(budget.take(2)).toBe(1);
  });

  test("keeps to the settings", () => {
    const fixed = quiet(8, 0, 3);
    expect([fixed.take(1), fixed.take(5), fixed.take(4)]).toEqual([3, 3, 0]);
    expect(fixed.jobsPerModel).toBe(2);
    const both = quiet(2, 3, 2);
    expect([both.take(9), both.take(9), both.take(9), both.take(9)]).toEqual([2, 2, 2, 0]);
    expect(both.jobsPerModel).toBe(3);
    const moreJobsThanCores = quiet(2, 3, 0);
    expect([moreJobsThanCores.take(3), moreJobsThanCores.take(2), moreJobsThanCores.take(1)]).toEqual([1, 1, 1]);
    const moreThreadsThanCores = quiet(2, 0, 4);
    expect([moreThreadsThanCores.take(2), moreThreadsThanCores.take(1)]).toEqual([4, 0]);
    expect(quiet(8, 1, 0).jobsPerModel).toBe(1);
  });

  test("gives nothing when nothing could start", () => {
    expect(quiet(8, 0, 0).take(0)).toBe(0);
  });

  test("never exceeds its total, whatever comes and goes", () => {
    for (const [cores, workers, threads] of [
      [1, 0, 0],
      [2, 0, 0],
      [7, 0, 0],
      [8, 3, 0],
      [8, 0, 3],
      [16, 0, 0],
    ] as const) {
      const budget = quiet(cores, workers, threads);
      const running: number[] = [];
      for (let step = 0; step < 2000; step++) {
        if (Math.random() < 0.6) {
          const taken = budget.take(1 + Math.floor(Math.random() * 10));
          if (taken > 0) running.push(taken);
          else expect(running.length).toBeGreaterThan(0);
        } else if (running.length > 0) {
          const [ended] = running.splice(Math.floor(Math.random() * running.length), 1);
          budget.giveBack(ended as number);
        }
        expect(running.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(cores);
      }
    }
  });

  test("gives one thread to each job where other programs want the cores, and what the settings say all the same", () => {
    let crowding = 1;
    const budget = new ThreadBudget(4, 0, 0, () => crowding);
    expect(budget.take(1)).toBe(4);
    budget.giveBack(4);
    crowding = 2.1;
    expect([budget.take(1), budget.take(1)]).toEqual([1, 1]);
    crowding = 2;
    expect(budget.take(1)).toBe(2);
    expect(new ThreadBudget(4, 0, 3, () => 50).take(1)).toBe(3);
  });
});
