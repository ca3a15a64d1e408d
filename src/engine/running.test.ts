import { describe, expect, test } from "bun:test";
import { isRefused } from "./blame.ts";
import type { Lane } from "./job.ts";
import type { Death } from "./process.ts";
import { RunningJobs } from "./running.ts";
import { defaultPatience } from "./settings.ts";
import { Task } from "./task.ts";

const fault: Death = { how: "signal SIGSEGV", fromOutside: false, lastWords: undefined };
const killed: Death = { how: "signal SIGKILL", fromOutside: true, lastWords: undefined };

function task(lane: Lane = "file"): Task {
  return new Task(
    "model",
    { lane, client: "ann", pcm: new Float32Array(16_000) },
    { kind: "decode", options: {} },
    () => {},
  );
}

function runningJobs(): RunningJobs {
  return new RunningJobs(2, { ...defaultPatience, firstJob: 900, job: 100, slowdown: 100 });
}

describe("jobs under which the engine died", () => {
  test("of a fault are run again alone, and only the one that kills it again is refused", () => {
    const jobs = runningJobs();
    const [guilty, innocent, other] = [task(), task(), task()];
    jobs.begin(guilty);
    jobs.begin(innocent);
    expect(jobs.accepts(other)).toBe(false);
    expect(jobs.died(fault)).toEqual([guilty, innocent]);
    expect([guilty, innocent].some(isRefused)).toBe(false);

    expect(jobs.accepts(other)).toBe(false);
    expect(jobs.accepts(innocent)).toBe(true);
    jobs.begin(innocent);
    expect(jobs.accepts(guilty)).toBe(false);
    jobs.end(innocent.id, true);

    jobs.begin(guilty);
    expect(jobs.died(fault)).toEqual([guilty]);
    expect(isRefused(guilty)).toBe(true);
    jobs.forgive(guilty);
    expect(jobs.accepts(other)).toBe(true);
  });

  test("killed from outside are run again with the others, and not for ever", () => {
    const jobs = runningJobs();
    const [one, other] = [task(), task()];
    for (let death = 1; death <= 3; death++) {
      jobs.begin(one);
      if (death < 2) expect(jobs.accepts(other)).toBe(true);
      jobs.died(killed);
      expect(isRefused(one)).toBe(false);
    }
    jobs.begin(one);
    jobs.died(killed);
    expect(isRefused(one)).toBe(true);
  });

  test("because one was overdue are no suspects, but that one is", () => {
    const jobs = runningJobs();
    const [stuck, innocent] = [task(), task()];
    jobs.begin(stuck);
    expect(jobs.passedLimit(800)).toBeUndefined();
    jobs.begin(innocent);
    expect(jobs.passedLimit(200)).toBe(0.9);
    jobs.died(fault);
    expect([stuck.strikes > 0, innocent.strikes]).toEqual([true, 0]);
    expect([jobs.accepts(innocent), jobs.accepts(stuck)]).toEqual([false, true]);
  });

  test("are suspects no longer when nobody waits for them", () => {
    const jobs = runningJobs();
    const one = task();
    jobs.begin(one);
    jobs.died(fault);
    jobs.forgive(one);
    expect(jobs.accepts(task())).toBe(true);
  });
});

describe("running jobs", () => {
  test("are given more time where the engine has shown to be slow", async () => {
    const jobs = runningJobs();
    const first = task();
    jobs.begin(first);
    await Bun.sleep(20);
    jobs.end(first.id, true);
    const second = task();
    jobs.begin(second);
    expect(jobs.passedLimit(1_500)).toBeUndefined();
    expect(jobs.passedLimit(1e9)).toBeGreaterThanOrEqual(2);
  });

  test("that were cut short show nothing about speed", () => {
    const jobs = runningJobs();
    const first = task();
    jobs.begin(first);
    jobs.end(first.id, false);
    jobs.begin(task());
    expect(jobs.passedLimit(899)).toBeUndefined();
    expect(jobs.passedLimit(2)).toBe(0.9);
  });

  test("tell when there are none left", async () => {
    const jobs = runningJobs();
    await jobs.idle();
    const [one, other] = [task(), task()];
    jobs.begin(one);
    jobs.begin(other);
    let isIdle = false;
    const idle = jobs.idle().then(() => {
      isIdle = true;
    });
    jobs.end(one.id, true);
    await Promise.resolve();
    expect(isIdle).toBe(false);
    jobs.died(killed);
    await idle;
    expect(jobs.end(other.id, true)).toBeUndefined();
  });
});
