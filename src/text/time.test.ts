import { expect, test } from "bun:test";
import { timestamp } from "./time.ts";

test.each([
  [0, "00:00:00,000"],
  [1.4600000381469727, "00:00:01,460"],
  [59.9996, "00:01:00,000"],
  [3599.9999, "01:00:00,000"],
  [360_000.5, "100:00:00,500"],
  [-0.2, "00:00:00,000"],
])("%p s is %p", (seconds, text) => {
  expect(timestamp(seconds, ",")).toBe(text);
});

test("WebVTT writes a point", () => {
  expect(timestamp(28, ".")).toBe("00:00:28.000");
});
