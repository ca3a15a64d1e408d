import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { VerbatimError } from "../error.ts";
import { silentLog } from "../log/log.ts";
import { openMetrics } from "../metrics/metrics.ts";
import type { JobRunner } from "./job.ts";
import { type JobSettings, Jobs } from "./jobs.ts";
import { SqliteJobStore } from "./sqlite-store.ts";
import type { JobSummary, StoreSource } from "./store.ts";
import { job, type Receiver, startReceiver, temporaryFolder, until } from "./testing.ts";

const json = (value: unknown) => ({
  body: new TextEncoder().encode(JSON.stringify(value)),
  contentType: "application/json",
});
/** Answers with what it was asked to say. */
const echo: JobRunner = {
  run: async ({ request }) => json(request),
  failed: (_, { code, message }) => json({ code, message }),
};
const settings: JobSettings = { privateNetworks: ["127.0.0.1/32"], jobs: { retries: 2, retryDelay: 0.05 } };
let folder: ReturnType<typeof temporaryFolder>;
let receiver: Receiver;
let metrics: ReturnType<typeof openMetrics>;
let jobs: Jobs;

beforeEach(() => {
  folder = temporaryFolder();
  receiver = startReceiver();
  metrics = openMetrics();
  jobs = open();
});
afterEach(async () => {
  await jobs.stop();
  await receiver.stop();
  folder.remove();
});

function open(own: JobSettings = settings): Jobs {
  return new Jobs(source(), own, silentLog, metrics);
}

function source(): StoreSource {
  return SqliteJobStore.source({ dataDir: folder.path, jobs: { maxBytes: 1 << 20, keep: 3600, ...settings.jobs } });
}

/** The jobs as another program sees them. */
async function list(): Promise<JobSummary[]> {
  const store = source().open();
  try {
    return await store.list();
  } finally {
    await store.close();
  }
}

async function ended(): Promise<JobSummary[]> {
  await until(async () => (await list()).every(({ state }) => state === "delivered" || state === "failed"));
  return await list();
}

test("the result is sent as it is asked for", async () => {
  jobs.register("echo", echo);
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  await jobs.accept(
    job("b", receiver.url.replace("//", "//me:secret@").concat("in"), {
      callback: { url: receiver.url.replace("//", "//me:secret@").concat("in"), method: "PUT" },
    }),
  );
  await ended();
  const type = "application/json";
  expect(receiver.got.toSorted((a, b) => a.path.localeCompare(b.path))).toEqual([
    { method: "POST", path: "/", type, authorization: null, body: '{"say":"a"}' },
    { method: "PUT", path: "/in", type, authorization: `Basic ${btoa("me:secret")}`, body: '{"say":"b"}' },
  ]);
  expect(metrics.text()).toContain('stt_jobs_total{outcome="delivered"} 2');
});

test("a receiver that does not take it is asked again", async () => {
  let refusals = 2;
  receiver.answer = () => (refusals-- > 0 ? 503 : 204);
  jobs.register("echo", echo);
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  expect(await ended()).toMatchObject([{ state: "delivered", deliveries: 3 }]);
  expect(receiver.got.map(({ body }) => body)).toEqual(['{"say":"a"}', '{"say":"a"}', '{"say":"a"}']);
});

test("a receiver that never takes it is given up, and the result kept", async () => {
  receiver.answer = () => 404;
  jobs.register("echo", echo);
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  expect(await ended()).toMatchObject([{ state: "failed", deliveries: 3, note: "The receiver answered 404." }]);
  expect(receiver.got).toHaveLength(3);
  receiver.answer = () => 200;
  const store = source().open();
  expect(await store.retry("a")).toBe(true);
  await store.close();
  // Anything that wakes it will do.
  await jobs.accept(job("b", receiver.url));
  expect((await ended()).map(({ state }) => state)).toEqual(["delivered", "delivered"]);
});

test("a redirect is no delivery", async () => {
  receiver.answer = () => 302;
  jobs.register("echo", echo);
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  expect(await ended()).toMatchObject([{ state: "failed", note: "The receiver answered 302." }]);
});

test("nothing is sent to a private address that is not allowed", async () => {
  await jobs.stop();
  jobs = open({ ...settings, privateNetworks: [] });
  jobs.register("echo", echo);
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  expect(await ended()).toMatchObject([
    { state: "failed", deliveries: 1, note: "The URL's host must be publicly reachable." },
  ]);
  expect(receiver.got).toHaveLength(0);
});

test("a receiver that is away, and comes back", async () => {
  const { url } = receiver;
  await receiver.stop();
  await jobs.stop();
  jobs = open({ ...settings, jobs: { retries: 1000, retryDelay: 0.1 } });
  jobs.register("echo", echo);
  jobs.start();
  await jobs.accept(job("a", url));
  await until(async () => ((await list())[0]?.deliveries ?? 0) > 1);
  const back = Bun.serve({ hostname: "127.0.0.1", port: Number(new URL(url).port), fetch: () => new Response() });
  expect(await ended()).toMatchObject([{ state: "delivered" }]);
  await back.stop(true);
  receiver = startReceiver();
});

test("an error is delivered in the dialect's shape", async () => {
  jobs.register("echo", {
    ...echo,
    run: () => Promise.reject(new VerbatimError("bad-audio", "No sound.")),
  });
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  expect(await ended()).toMatchObject([{ state: "delivered", runs: 1 }]);
  expect(receiver.got[0]?.body).toBe('{"code":"bad-audio","message":"No sound."}');
});

test("an unexpected error tells nothing of the inside", async () => {
  jobs.register("echo", { ...echo, run: () => Promise.reject(new Error("/etc/secret is missing")) });
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  await ended();
  expect(receiver.got[0]?.body).toContain('"internal"');
  expect(receiver.got[0]?.body).not.toContain("secret");
});

test("a runner that breaks, and a kind that nobody does, end as failed", async () => {
  jobs.register("echo", {
    run: () => Promise.reject(new Error("broken")),
    failed: () => {
      throw new Error("broken, too");
    },
  });
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  await jobs.accept(job("b", receiver.url, { kind: "unknown" }));
  expect((await ended()).map(({ id, state }) => [id, state])).toEqual([
    ["b", "failed"],
    ["a", "failed"],
  ]);
  expect(receiver.got).toHaveLength(0);
});

test("a busy server does it later, and loses no try", async () => {
  let refusals = 5;
  jobs.register("echo", {
    ...echo,
    run: async ({ request }) => {
      if (refusals-- > 0) throw new VerbatimError("busy", "Later.", { retryAfter: 0.02 });
      return json(request);
    },
  });
  jobs.start();
  await jobs.accept(job("a", receiver.url));
  expect(await ended()).toMatchObject([{ state: "delivered", runs: 1 }]);
});

test("stopped in the middle of a run and of a delivery, it goes on at the next start", async () => {
  const running = Promise.withResolvers<void>();
  jobs.register("echo", {
    ...echo,
    run: ({ request }, signal) => {
      if ((request as { say: string }).say === "quick") return Promise.resolve(json(request));
      running.resolve();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  const delivering = Promise.withResolvers<void>();
  receiver.answer = () => {
    delivering.resolve();
    return new Promise(() => {});
  };
  jobs.start();
  await jobs.accept(job("quick", receiver.url));
  await jobs.accept(job("slow", receiver.url));
  await Promise.all([running.promise, delivering.promise]);
  await jobs.stop();
  expect(
    (await list()).map(({ id, state, claimed, runs, deliveries }) => [id, state, claimed, runs, deliveries]),
  ).toEqual([
    ["slow", "waiting", false, 0, 0],
    ["quick", "undelivered", false, 1, 0],
  ]);
  receiver.answer = () => 200;
  jobs = open();
  jobs.register("echo", echo);
  jobs.start();
  expect((await ended()).map(({ state }) => state)).toEqual(["delivered", "delivered"]);
});

test("a receiver that is slow holds nobody else up", async () => {
  const slow = startReceiver();
  slow.answer = () => new Promise(() => {});
  jobs.register("echo", echo);
  jobs.start();
  for (let i = 0; i < 5; i++) await jobs.accept(job(`slow-${i}`, slow.url));
  await jobs.accept(job("quick", receiver.url));
  await until(() => receiver.got.length === 1);
  await jobs.stop();
  await slow.stop();
  jobs = open();
});

test("nothing is made on disk before it is needed", async () => {
  jobs.start();
  await jobs.stop();
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a store of a newer program stops the start, with a reason", async () => {
  await jobs.accept(job("a", receiver.url));
  await jobs.stop();
  const database = new Database(join(folder.path, "jobs", "jobs.sqlite"));
  database.run("PRAGMA user_version = 9");
  database.close();
  expect(() => open()).toThrow(/newer Verbatim/);
});
