/** Servers killed in the middle of their work: nothing promised is lost, and nothing ends twice. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { SqliteJobStore } from "./sqlite-store.ts";
import { job, startReceiver, temporaryFolder, until } from "./testing.ts";

const JOBS = 24;
/** Fewer than it takes to blame a job for them. */
const KILLS = 4;

/** A server that does jobs slowly enough to be killed inside each step. */
const program = (folder: string) => `
  import { silentLog } from "../log/log.ts";
  import { openMetrics } from "../metrics/metrics.ts";
  import { Jobs } from "./jobs.ts";
  import { SqliteJobStore } from "./sqlite-store.ts";
  const store = new SqliteJobStore(${JSON.stringify(folder)}, { maxBytes: 1 << 30, keep: 3600 });
  const settings = { privateNetworks: ["127.0.0.1/32"], jobs: { retries: 1000, retryDelay: 0.02 } };
  const jobs = new Jobs({ exists: true, open: () => store }, settings, silentLog, openMetrics());
  jobs.register("echo", {
    async run({ id, audio }) {
      const sound = await Bun.file(audio.path).text();
      await Bun.sleep(5 + Math.random() * 30);
      return { body: new TextEncoder().encode(id + " " + sound), contentType: "text/plain" };
    },
    failed: () => ({ body: new TextEncoder().encode("failed"), contentType: "text/plain" }),
  });
  jobs.start();
  // Ends with the test's own process, however that ends.
  process.stdin.on("end", () => process.exit()).resume();
  console.log("started");`;

test.each([1, 2, 3])(
  "killed again and again (round %i): each job is delivered, and marked so once",
  async () => {
    const folder = temporaryFolder();
    const receiver = startReceiver();
    let answers = 0;
    receiver.answer = async () => {
      await Bun.sleep(Math.random() * 20);
      return ++answers % 5 === 0 ? 500 : 200;
    };
    const store = new SqliteJobStore(folder.path, { maxBytes: 1 << 30, keep: 3600 });
    // The database itself notes each end of a job.
    const witness = new Database(join(folder.path, "jobs.sqlite"));
    witness.run("CREATE TABLE ended (id TEXT, state TEXT)");
    witness.run(
      `CREATE TRIGGER witness AFTER UPDATE OF state ON job WHEN new.state IN ('delivered', 'failed')
     BEGIN INSERT INTO ended VALUES (new.id, new.state); END`,
    );
    const start = async () => {
      const server = Bun.spawn([process.execPath, "-e", program(folder.path)], {
        cwd: import.meta.dir,
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
      });
      await server.stdout.getReader().read();
      return server;
    };
    try {
      for (let i = 0; i < JOBS; i++)
        await store.add(job(`job-${i}`, receiver.url, { audio: { bytes: new TextEncoder().encode(`sound ${i}`) } }));
      const done = async () =>
        (await store.list()).filter(({ state }) => state === "delivered" || state === "failed").length;
      for (let kills = 0; kills < KILLS; kills++) {
        const server = await start();
        const before = receiver.got.length;
        // Each server gets to deliver something, and is killed at a moment of its own after that.
        await until(async () => receiver.got.length > before || (await done()) === JOBS);
        await Bun.sleep(Math.random() * 30);
        server.kill("SIGKILL");
        await server.exited;
      }
      const last = await start();
      await until(async () => (await done()) === JOBS);
      last.kill("SIGKILL");
      await last.exited;

      const all = Array.from({ length: JOBS }, (_, i) => `job-${i} sound ${i}`).toSorted();
      expect([...new Set(receiver.got.map(({ body }) => body))].toSorted()).toEqual(all);
      const ends = witness.query<{ id: string; state: string }, []>("SELECT id, state FROM ended ORDER BY id").all();
      expect(ends).toEqual(
        Array.from({ length: JOBS }, (_, i) => ({ id: `job-${i}`, state: "delivered" })).toSorted((a, b) =>
          a.id < b.id ? -1 : 1,
        ),
      );
    } finally {
      witness.close();
      await store.close();
      await receiver.stop();
      folder.remove();
    }
  },
  120_000,
);

test("a job that kills each server which does it is given up, and the others are done", async () => {
  const folder = temporaryFolder();
  const receiver = startReceiver();
  const store = new SqliteJobStore(folder.path, { maxBytes: 1 << 30, keep: 3600 });
  const deadly = program(folder.path).replace(
    "Bun.file(audio.path).text();",
    '$&\n if (sound === "deadly") process.kill(process.pid, "SIGKILL");',
  );
  try {
    await store.add(job("bad", receiver.url, { audio: { bytes: new TextEncoder().encode("deadly") } }));
    await store.add(job("good", receiver.url, { audio: { bytes: new TextEncoder().encode("fine") } }));
    let starts = 0;
    const done = async () => (await store.list()).every(({ state }) => state === "delivered");
    while (!(await done())) {
      starts++;
      const server = Bun.spawn([process.execPath, "-e", deadly], {
        cwd: import.meta.dir,
        stdin: "pipe",
        stdout: "ignore",
        stderr: "inherit",
      });
      const isDone = Promise.withResolvers<void>();
      const watch = setInterval(async () => (await done()) && isDone.resolve(), 20);
      await Promise.race([server.exited, isDone.promise]);
      clearInterval(watch);
      server.kill("SIGKILL");
      await server.exited;
    }
    expect(starts).toBe(6);
    expect(receiver.got.map(({ body }) => body).toSorted()).toEqual(["failed", "good fine"]);
  } finally {
    await store.close();
    await receiver.stop();
    folder.remove();
  }
}, 120_000);
