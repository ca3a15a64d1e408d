import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { type LogOptions, openLog } from "./log.ts";
import { newRequestId, requestId } from "./request-id.ts";

function recorder(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = openLog({ level: "info", format: "json", write: (line) => lines.push(line), ...options });
  return { log, lines };
}

describe("JSON lines", () => {
  test("a line is one object with time, level, message and the fields of the child and the call", () => {
    const { log, lines } = recorder();
    log.child({ request: "r1", lane: "file" }).info("decoded", { seconds: 1.5, lane: "final" });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith("\n")).toBe(true);
    const { time, ...rest } = JSON.parse(lines[0] as string);
    expect(new Date(time).toISOString()).toBe(time);
    expect(rest).toEqual({ level: "info", message: "decoded", request: "r1", lane: "final", seconds: 1.5 });
  });

  test("what a client sends cannot break a line or forge one", () => {
    const { log, lines } = recorder();
    log.info('a\n{"level":"error"}', { name: "x\ny", level: "error", message: "other", time: "never" });
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      level: "info",
      message: 'a\n{"level":"error"}',
      name: "x\ny",
    });
  });

  test("an error is its message, code and cause; the stack only at level debug", () => {
    const error = new VerbatimError("engine-failed", "The engine ended.", { cause: new Error("signal 11") });
    const plain = recorder();
    plain.log.error("job failed", { error });
    expect(JSON.parse(plain.lines[0] as string).error).toEqual({
      name: "VerbatimError",
      message: "The engine ended.",
      code: "engine-failed",
      cause: { name: "Error", message: "signal 11" },
    });
    const chatty = recorder({ level: "debug" });
    chatty.log.error("job failed", { error });
    expect(JSON.parse(chatty.lines[0] as string).error.stack).toContain("log.test.ts");
  });

  test("values without JSON do not throw", () => {
    const { log, lines } = recorder();
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    log.info("odd", { loop, big: 10n, none: undefined });
    expect(JSON.parse(lines[0] as string)).toMatchObject({ loop: { self: "[seen]" }, big: 10 });
  });
});

test("levels below the wanted one are not written", () => {
  const { log, lines } = recorder({ level: "warn" });
  log.debug("1");
  log.info("2");
  log.warn("3");
  log.child({}).error("4");
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(["3", "4"]);
  expect([log.enabled("info"), log.enabled("warn"), log.enabled("error")]).toEqual([false, true, true]);
});

describe("pretty lines", () => {
  test("time, level, message, pairs; strings are quoted when they must be", () => {
    const { log, lines } = recorder({ format: "pretty" });
    log.warn("slow", { seconds: 0.30000000000000004, model: "base.en-q8_0", note: "two words" });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}slow seconds=0\.3 model=base\.en-q8_0 note="two words"\n$/,
    );
  });

  test("control characters of a message are shown, not obeyed", () => {
    const { log, lines } = recorder({ format: "pretty" });
    log.info("a\nb\x1b[31m", { name: "\x9b31m" });
    expect(lines[0]).toContain('a\\nb\\u001b[31m name="\\u009b31m"\n');
  });

  test("a stack follows on its own lines at level debug only", () => {
    const error = new Error("broken");
    const plain = recorder({ format: "pretty" });
    plain.log.error("x", { error });
    expect(plain.lines[0]?.split("\n")).toHaveLength(2);
    const chatty = recorder({ format: "pretty", level: "debug" });
    chatty.log.error("x", { error });
    expect(chatty.lines[0]?.split("\n").length).toBeGreaterThan(3);
  });
});

test("a clean request id is kept, anything else replaced", () => {
  expect(requestId("abc-123_x.y:z")).toBe("abc-123_x.y:z");
  for (const bad of [null, undefined, "", "a b", "a\nb", "x".repeat(129), "é"]) {
    const id = requestId(bad);
    expect(id).not.toBe(bad as string);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
  }
  expect(newRequestId()).not.toBe(newRequestId());
});
