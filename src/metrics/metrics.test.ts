import { describe, expect, test } from "bun:test";
import { openMetrics } from "./metrics.ts";
import { Counter, expose, Gauge, Histogram } from "./registry.ts";

describe("the text format", () => {
  test("a counter with labels, escaped as the format asks", () => {
    const counter = new Counter("stt_x_total", "Back\\slash and\nnewline.", ["a", "b"]);
    counter.add({ a: "1", b: 'quote " slash \\ line\n' });
    counter.add({ a: "1", b: 'quote " slash \\ line\n' }, 2.5);
    counter.add({ a: "2", b: "" });
    expect(counter.text()).toBe(
      [
        "# HELP stt_x_total Back\\\\slash and\\nnewline.",
        "# TYPE stt_x_total counter",
        'stt_x_total{a="1",b="quote \\" slash \\\\ line\\n"} 3.5',
        'stt_x_total{a="2",b=""} 1',
        "",
      ].join("\n"),
    );
    expect(() => counter.add({ a: "1", b: "" }, -1)).toThrow(RangeError);
    expect(() => counter.add({ a: "1", b: "" }, Number.NaN)).toThrow(RangeError);
  });

  test("a gauge is set, read at scrape time, or removed", () => {
    const gauge = new Gauge("stt_g", "G.", ["model"]);
    let now = 1;
    gauge.read({ model: "live" }, () => now);
    gauge.set({ model: "fixed" }, Number.POSITIVE_INFINITY);
    gauge.set({ model: "gone" }, 3);
    gauge.remove({ model: "gone" });
    now = 7;
    expect(gauge.text().split("\n").slice(2)).toEqual(['stt_g{model="live"} 7', 'stt_g{model="fixed"} +Inf', ""]);
  });

  test("a histogram's buckets are cumulative, bounds inclusive, and end in +Inf", () => {
    const histogram = new Histogram("stt_h_seconds", "H.", ["lane"], [0.1, 1]);
    for (const value of [0.1, 0.5, 1, 3]) histogram.observe({ lane: "file" }, value);
    expect(histogram.text().split("\n").slice(2)).toEqual([
      'stt_h_seconds_bucket{lane="file",le="0.1"} 1',
      'stt_h_seconds_bucket{lane="file",le="1"} 3',
      'stt_h_seconds_bucket{lane="file",le="+Inf"} 4',
      'stt_h_seconds_sum{lane="file"} 4.6',
      'stt_h_seconds_count{lane="file"} 4',
      "",
    ]);
    expect(() => new Histogram("stt_h", "H.", [], [1, 1])).toThrow(RangeError);
  });

  test("without labels there are no braces, and families follow one another", () => {
    const histogram = new Histogram("stt_h", "H.", [], [1]);
    histogram.observe({}, 2);
    const gauge = new Gauge("stt_g", "G.", []);
    gauge.set({}, 0);
    expect(expose([histogram, gauge])).toBe(
      '# HELP stt_h H.\n# TYPE stt_h histogram\nstt_h_bucket{le="1"} 0\nstt_h_bucket{le="+Inf"} 1\nstt_h_sum 2\nstt_h_count 1\n' +
        "# HELP stt_g G.\n# TYPE stt_g gauge\nstt_g 0\n",
    );
  });
});

test("the program's names follow the rules: prefix, base units, `_total` on counters only, no name twice", () => {
  const types = [
    ...openMetrics()
      .text()
      .matchAll(/^# TYPE (\S+) (\S+)$/gm),
  ].map(([, name, type]) => ({ name, type }));
  expect(types.length).toBeGreaterThan(10);
  expect(new Set(types.map(({ name }) => name)).size).toBe(types.length);
  for (const { name, type } of types) {
    expect(name).toMatch(/^stt_[a-z_]+$/);
    expect(name?.endsWith("_total")).toBe(type === "counter");
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb)(_|$)/);
  }
});

test("two openings share nothing", () => {
  const one = openMetrics();
  one.httpRequests.add({ route: "/health", method: "GET", status: "200" });
  expect(one.text()).toContain('stt_http_requests_total{route="/health",method="GET",status="200"} 1');
  expect(openMetrics().text()).not.toContain("/health");
});
