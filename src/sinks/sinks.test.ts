import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSettings } from "../config/load.ts";
import { openLog, silentLog } from "../log/log.ts";
import { openMetrics } from "../metrics/metrics.ts";
import type { TranscriptRecord } from "./record.ts";
import { Signer } from "./signature.ts";
import { openSinks } from "./sinks.ts";
import { openTestSinks, spoken, until } from "./testing.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "verbatim-sinks-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const newFolder = () => join(root, `${folders++}`);

interface Got {
  headers: Headers;
  body: string;
  record: TranscriptRecord;
}

const servers: Bun.Server<unknown>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

/** A receiver of webhooks: what came, and an answer that the test may change. */
function receiver(port = 0) {
  const got: Got[] = [];
  const state = {
    got,
    url: "",
    texts: () => got.map(({ record }) => record.text),
    answer: (_: Got): Response | Promise<Response> => new Response(null, { status: 204 }),
    stop: () => server.stop(true),
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    async fetch(request) {
      const body = await request.text();
      const one = { headers: request.headers, body, record: JSON.parse(body) };
      got.push(one);
      return state.answer(one);
    },
  });
  servers.push(server);
  state.url = `http://127.0.0.1:${server.port}/hook`;
  return state;
}

const lines = (path: string): TranscriptRecord[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("a final", () => {
  test("reaches every sink, with all that is known of it", async () => {
    const hook = receiver();
    const dataDir = newFolder();
    const file = join(dataDir, "out/transcripts.ndjson");
    const sinks = openTestSinks(dataDir, {
      webhookUrl: hook.url,
      webhookSecret: "geheim",
      webhookToken: "token",
      file,
    });
    expect(sinks.partials).toBe(false);
    sinks.publish(spoken(1, { text: "a\0b\ud800", channel: 1, source: "file" }));
    sinks.publish(spoken(2, { language: undefined }));
    await sinks.close(5000);

    expect(hook.got.length).toBe(2);
    const [first, second] = hook.got as [Got, Got];
    expect(first.record).toEqual({
      ...spoken(1, { text: "ab\ufffd", channel: 1, source: "file" }),
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(second.record).not.toHaveProperty("language");
    expect(lines(file)).toEqual([first.record, second.record]);

    expect(first.headers.get("content-type")).toBe("application/json");
    expect(first.headers.get("authorization")).toBe("Bearer token");
    const seconds = Number(first.headers.get("webhook-timestamp"));
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
    for (const [name, value] of Object.entries(new Signer("geheim").headers(first.record.id, seconds, first.body)))
      expect(first.headers.get(name)).toBe(value);
    for (const sink of ["webhook", "file"])
      expect(sinks.metric(`stt_sink_records_total{sink="${sink}",outcome="delivered"}`)).toBe(2);
  });

  test("waits for a sink that is down, in order and over a restart, and holds no other sink up", async () => {
    const gone = receiver();
    const { port } = new URL(gone.url);
    await gone.stop();
    const dataDir = newFolder();
    const file = join(dataDir, "transcripts.ndjson");
    const settings = { webhookUrl: gone.url, file };
    const first = openTestSinks(dataDir, settings);
    for (let i = 0; i < 100; i++) first.publish(spoken(i));
    await until(() => first.metric('stt_sink_records_total{sink="file",outcome="delivered"}') === 100);
    await until(() => first.metric('stt_sink_failures_total{sink="webhook"}') >= 2);
    expect(first.metric('stt_sink_queue_records{sink="webhook"}')).toBe(100);
    expect(first.metric("stt_sink_queue_bytes")).toBeGreaterThan(10_000);
    await first.close(5000);

    const second = openTestSinks(dataDir, settings);
    second.publish(spoken(100));
    await until(() => second.metric('stt_sink_failures_total{sink="webhook"}') >= 2);
    const back = receiver(Number(port));
    await until(() => back.got.length === 101);
    await second.close(5000);
    expect(back.texts()).toEqual(Array.from({ length: 101 }, (_, i) => `word ${i}`));
    expect(lines(file).map(({ id }) => id)).toEqual(back.got.map(({ record }) => record.id));
  });

  test("is sent again under the same id when a webhook answers with trouble, later when it asks for that", async () => {
    const hook = receiver();
    const sinks = openTestSinks(newFolder(), { webhookUrl: hook.url });
    const answers = [500, 404, 301, 429].map(
      (status) =>
        new Response("no", { status, headers: status === 429 ? { "retry-after": "1" } : { location: "/elsewhere" } }),
    );
    const times: number[] = [];
    hook.answer = () => {
      times.push(performance.now());
      return answers.shift() ?? new Response();
    };
    sinks.publish(spoken(1));
    sinks.publish(spoken(2));
    await until(() => hook.got.length === 6);
    await sinks.close(5000);
    expect(hook.texts()).toEqual([...Array<string>(5).fill("word 1"), "word 2"]);
    expect(new Set(hook.got.map(({ headers }) => headers.get("webhook-id"))).size).toBe(2);
    expect((times[4] as number) - (times[3] as number)).toBeGreaterThanOrEqual(990);
    expect(sinks.metric('stt_sink_failures_total{sink="webhook"}')).toBe(4);
  });

  test("of work that is done again after a crash is not sent again", async () => {
    const hook = receiver();
    const dataDir = newFolder();
    for (let round = 0; round < 2; round++) {
      const sinks = openTestSinks(dataDir, { webhookUrl: hook.url });
      for (const work of ["job-1", "job-2", "job-1"])
        sinks.publishOnce(work, [spoken(1, { session: work }), spoken(2, { session: work })]);
      await sinks.close(5000);
    }
    const got = hook.got.map(({ record: { session, text } }) => `${session} ${text}`);
    expect(got.toSorted()).toEqual(["job-1 word 1", "job-1 word 2", "job-2 word 1", "job-2 word 2"]);
  });

  test("is not given up for a webhook that never answers", async () => {
    const hook = receiver();
    const sinks = openTestSinks(newFolder(), { webhookUrl: hook.url }, { patience: 100 });
    const never = Promise.withResolvers<Response>();
    hook.answer = () => (hook.got.length === 1 ? never.promise : new Response());
    sinks.publish(spoken(1));
    await until(() => hook.got.length === 2);
    await sinks.close(5000);
    never.resolve(new Response());
    expect(hook.texts()).toEqual(["word 1", "word 1"]);
    expect(sinks.metric('stt_sink_failures_total{sink="webhook"}')).toBe(1);
  });

  test("that a webhook refuses keeps no other one waiting, and is counted and logged, without its text", async () => {
    const hook = receiver();
    const logged: string[] = [];
    const log = openLog({ level: "debug", format: "json", write: (line) => void logged.push(line) });
    const sinks = openTestSinks(newFolder(), { webhookUrl: hook.url }, { log });
    hook.answer = ({ record }) => new Response(null, { status: record.text === "word 1" ? 422 : 200 });
    for (const number of [0, 1, 2]) sinks.publish(spoken(number));
    await sinks.close(5000);
    expect(hook.texts()).toEqual(["word 0", "word 1", "word 2"]);
    expect(sinks.metric('stt_sink_records_total{sink="webhook",outcome="refused"}')).toBe(1);
    expect(logged.join("")).toContain("a sink refused records");
    expect(logged.join("")).not.toContain("word 1");
  });

  test("of one session follows the one before it; a slow session holds no other up", async () => {
    const hook = receiver();
    const sinks = openTestSinks(newFolder(), { webhookUrl: hook.url });
    const slow = Promise.withResolvers<void>();
    hook.answer = async ({ record }) => {
      if (record.session === "slow") await slow.promise;
      return new Response();
    };
    for (let i = 0; i < 5; i++) for (const session of ["slow", "a", "b"]) sinks.publish(spoken(i, { session }));
    await until(() => hook.got.filter(({ record }) => record.session !== "slow").length === 10);
    expect(hook.got.filter(({ record }) => record.session === "slow").length).toBe(1);
    slow.resolve();
    await sinks.close(5000);
    for (const [, of] of Map.groupBy(hook.got, ({ record }) => record.session))
      expect(of.map(({ record }) => record.from)).toEqual([0, 1, 2, 3, 4]);
  });

  test("is dropped, counted and logged when too much waits", async () => {
    const gone = receiver();
    await gone.stop();
    const logged: string[] = [];
    const log = openLog({ level: "warn", format: "json", write: (line) => void logged.push(line) });
    const sinks = openTestSinks(newFolder(), { webhookUrl: gone.url, queueSize: 1024 ** 2 }, { log });
    for (let i = 0; i < 50; i++) sinks.publish(spoken(i, { text: "x".repeat(40_000) }));
    const dropped = sinks.metric('stt_sink_records_total{sink="webhook",outcome="dropped"}');
    expect(dropped).toBeGreaterThan(20);
    expect(sinks.metric('stt_sink_queue_records{sink="webhook"}')).toBe(50 - dropped);
    expect(sinks.metric("stt_sink_queue_bytes")).toBeLessThanOrEqual(1024 ** 2);
    await sinks.close(0);
    const line = logged
      .map((one) => JSON.parse(one))
      .find(({ message, msg }) => (message ?? msg) === "records for sinks were dropped");
    expect(line).toMatchObject({ "webhook, full": dropped });
  });

  test("that waited too long is dropped at the next start", async () => {
    const gone = receiver();
    await gone.stop();
    const dataDir = newFolder();
    const settings = { webhookUrl: gone.url };
    const first = openTestSinks(dataDir, settings);
    first.publish(spoken(1));
    await first.close(100);
    await Bun.sleep(20);
    const second = openTestSinks(dataDir, { ...settings, retention: 0.01 });
    expect(second.metric('stt_sink_records_total{sink="webhook",outcome="dropped"}')).toBe(1);
    expect(second.metric("stt_sink_queue_bytes")).toBe(0);
    await second.close(100);
  });

  test("that cannot be written is counted and logged, and recognition goes on", async () => {
    const hook = receiver();
    const logged: string[] = [];
    const log = openLog({ level: "error", format: "json", write: (line) => void logged.push(line) });
    const sinks = openTestSinks(newFolder(), { webhookUrl: hook.url }, { log });
    // JSON has no such numbers.
    sinks.publish(spoken(1, { words: [{ text: "x", from: 1n as never, to: 2, confidence: 1 }] }));
    sinks.publish(spoken(2));
    await sinks.close(5000);
    expect(hook.texts()).toEqual(["word 2"]);
    expect(sinks.metric('stt_sink_records_total{sink="webhook",outcome="dropped"}')).toBe(1);
    expect(logged.join("")).toContain("could not be written");
  });

  test("that comes after the end is counted as dropped", async () => {
    const hook = receiver();
    const sinks = openTestSinks(newFolder(), { webhookUrl: hook.url });
    await sinks.close(1000);
    await sinks.close(1000);
    sinks.publish(spoken(1));
    expect(sinks.metric('stt_sink_records_total{sink="webhook",outcome="dropped"}')).toBe(1);
    expect(hook.got).toEqual([]);
  });
});

describe("a partial", () => {
  test("goes to those who want it; the newest of a channel is enough, and none comes after its final", async () => {
    const hook = receiver();
    const dataDir = newFolder();
    const file = join(dataDir, "transcripts.ndjson");
    const sinks = openTestSinks(dataDir, { webhookUrl: hook.url, file, partials: ["webhook"] });
    expect(sinks.partials).toBe(true);
    const busy = Promise.withResolvers<void>();
    hook.answer = async () => {
      await busy.promise;
      return new Response();
    };
    const guess = (text: string, channel = 0) => sinks.publish(spoken(1, { type: "partial", text, channel }));
    guess("so");
    await until(() => hook.got.length === 1);
    for (const text of ["so far", "so far so", "so far so good"]) guess(text);
    guess("other", 1);
    sinks.publish(spoken(1, { text: "Other.", channel: 1 }));
    busy.resolve();
    await until(() => hook.got.length === 3);
    sinks.publish(spoken(1, { text: "So far, so good." }));
    await sinks.close(5000);
    expect(hook.texts()).toEqual(["so", "Other.", "so far so good", "So far, so good."]);
    expect(lines(file).map(({ type, text }) => [type, text])).toEqual([
      ["final", "Other."],
      ["final", "So far, so good."],
    ]);
  });

  test("is never sent again", async () => {
    const hook = receiver();
    const sinks = openTestSinks(newFolder(), { webhookUrl: hook.url, partials: ["webhook"] });
    hook.answer = () => new Response(null, { status: 500 });
    sinks.publish(spoken(1, { type: "partial" }));
    await until(() => sinks.metric('stt_sink_records_total{sink="webhook",outcome="partial-lost"}') === 1);
    hook.answer = () => new Response();
    sinks.publish(spoken(2));
    await sinks.close(5000);
    expect(hook.texts()).toEqual(["word 1", "word 2"]);
  });
});

describe("the settings", () => {
  const parts = () => ({ log: silentLog, metrics: openMetrics() });
  const named = (sinks: object) => ({ dataDir: newFolder(), sinks: { ...defaultSettings().sinks, ...sinks } });

  test("that name no sink open nothing", () => {
    expect(openSinks(named({}), parts())).toBeUndefined();
  });

  test("that cannot work are refused", () => {
    expect(() => openSinks(named({ redisUrl: "redis://localhost", redisChannel: "" }), parts())).toThrow(
      "sinks.redis-channel",
    );
    const settings = named({ webhookUrl: "http://localhost", webhookSecret: "whsec_?" });
    expect(() => openSinks(settings, parts())).toThrow("not base64");
    // The queue was let go.
    expect(() => openSinks(settings, parts())).toThrow("not base64");
  });
});
