import { expect, test } from "bun:test";
import { Counter, expose, Histogram } from "../../metrics/registry.ts";
import { meanBetween, readMetrics, sum } from "./metrics.ts";

test("what the server's metrics say is read, labels of any kind included", () => {
  const jobs = new Counter("stt_jobs_total", "Jobs.", ["lane"]);
  const seconds = new Histogram("stt_seconds", "Seconds.", ["lane"], [1, 2]);
  jobs.add({ lane: "file" }, 2);
  jobs.add({ lane: 'a "quoted", \\ one' }, 3);
  const before = readMetrics(expose([jobs, seconds]));
  expect(sum(before, "stt_jobs_total")).toBe(5);
  expect(sum(before, "stt_jobs_total", { lane: "file" })).toBe(2);
  seconds.observe({ lane: "file" }, 1.5);
  seconds.observe({ lane: "final" }, 0.5);
  const now = readMetrics(expose([jobs, seconds]));
  expect(meanBetween(before, now, "stt_seconds")).toBe(1);
  expect(meanBetween(now, now, "stt_seconds")).toBeUndefined();
});
