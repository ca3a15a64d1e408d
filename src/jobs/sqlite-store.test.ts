import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VerbatimError } from "../error.ts";
import { SqliteJobStore } from "./sqlite-store.ts";
import type { ClaimedJob } from "./store.ts";
import { job, temporaryFolder } from "./testing.ts";

const LIMITS = { maxBytes: 1 << 20, keep: 3600 };
const URL = "https://user:secret@example.com/private?token=1";
const result = { body: new TextEncoder().encode('{"a":1}'), contentType: "application/json" };
let folder: ReturnType<typeof temporaryFolder>;
let stores: SqliteJobStore[];

beforeEach(() => {
  folder = temporaryFolder();
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  folder.remove();
});

function open(limits = LIMITS): SqliteJobStore {
  const store = new SqliteJobStore(folder.path, limits);
  stores.push(store);
  return store;
}

async function close(store: SqliteJobStore): Promise<void> {
  stores = stores.filter((one) => one !== store);
  await store.close();
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "none",
    (thrown: unknown) => (thrown instanceof VerbatimError ? thrown.code : String(thrown)),
  );
}

const pathOf = (job: ClaimedJob | undefined) => (job?.audio && "path" in job.audio ? job.audio.path : "");
const audioFiles = () => (existsSync(join(folder.path, "audio")) ? readdirSync(join(folder.path, "audio")) : []);

test("a job goes from waiting to delivered, and is there again after each new start", async () => {
  let store = open();
  await store.add(job("a", URL, { request: { query: "x=1" }, audio: { bytes: new Uint8Array([1, 2, 3]) } }));
  await close(store);
  store = open();
  expect(await store.claim("deliver")).toBeUndefined();
  const running = await store.claim("run");
  expect(running).toMatchObject({ id: "a", kind: "echo", request: { query: "x=1" }, runs: 1, deliveries: 0 });
  const path = pathOf(running);
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  expect(statSync(path).mode & 0o77).toBe(0);
  expect(await store.finish("a", result)).toBe(true);
  expect(audioFiles()).toEqual([]);
  await close(store);
  store = open();
  const delivering = await store.claim("deliver");
  expect(delivering).toMatchObject({ id: "a", callback: { url: URL, method: "POST" }, runs: 1, deliveries: 1 });
  expect(new TextDecoder().decode(delivering?.result?.body)).toBe('{"a":1}');
  expect(delivering?.result?.contentType).toBe("application/json");
  expect(await store.end("a", "delivered")).toBe(true);
  expect(await store.claim("deliver")).toBeUndefined();
  expect(await store.list()).toMatchObject([
    { id: "a", state: "delivered", claimed: false, target: "https://example.com" },
  ]);
});

test("the list shows no secrets", async () => {
  const store = open();
  await store.add(job("a", URL));
  expect(JSON.stringify(await store.list())).not.toMatch(/secret|private|token/);
});

test("what was delivered is not in the file any more, and neither are credentials", async () => {
  const store = open();
  await store.add(job("a", "http://me:Woodpecker@example.com/", { request: "Kingfisher" }));
  await store.claim("run");
  await store.finish("a", { body: new TextEncoder().encode("Nightingale"), contentType: "text/plain" });
  await store.claim("deliver");
  await store.end("a", "delivered");
  await close(store);
  const files = readdirSync(folder.path).filter((name) => name.startsWith("jobs"));
  expect(files).toEqual(["jobs.sqlite"]);
  const bytes = readFileSync(join(folder.path, "jobs.sqlite")).toString("latin1");
  expect(bytes).not.toMatch(/Kingfisher|Nightingale|Woodpecker/);
  expect(statSync(join(folder.path, "jobs.sqlite")).mode & 0o77).toBe(0);
});

test("a file is taken from where it is", async () => {
  const store = open();
  const upload = join(folder.path, "upload");
  writeFileSync(upload, "sound");
  await store.add(job("a", URL, { audio: { path: upload } }));
  expect(existsSync(upload)).toBe(false);
  expect(audioFiles()).toHaveLength(1);
  expect(await store.remove("a")).toBe(true);
  expect(audioFiles()).toEqual([]);
  expect(await store.remove("a")).toBe(false);
});

test("the oldest that is due comes first, and nobody gets one twice", async () => {
  const [one, other] = [open(), open()];
  for (const id of ["a", "b", "c"]) {
    await one.add(job(id, URL));
    await Bun.sleep(2);
  }
  expect([(await one.claim("run"))?.id, (await other.claim("run"))?.id, (await one.claim("run"))?.id]).toEqual([
    "a",
    "b",
    "c",
  ]);
  expect(await other.claim("run")).toBeUndefined();
  // What another server has claimed is not ours to settle.
  expect(await other.finish("a", result)).toBe(false);
  expect(await other.end("a", "failed")).toBe(false);
  expect(await other.giveBack("a", { at: new Date(), counts: true })).toBe(false);
  expect(await one.finish("a", result)).toBe(true);
  expect(await one.finish("a", result)).toBe(false);
});

test("given back: later, with the reason, and counted or not", async () => {
  const store = open();
  await store.add(job("a", URL));
  await store.claim("run");
  const at = new Date(Date.now() + 60_000);
  await store.giveBack("a", { at, note: "busy", counts: false });
  expect(await store.claim("run")).toBeUndefined();
  expect(await store.nextDue()).toEqual(at);
  expect(await store.list()).toMatchObject([{ runs: 0, note: "busy", at }]);
  await store.remove("a");
  await store.add(job("b", URL));
  await store.claim("run");
  await store.giveBack("b", { at: new Date(), counts: true });
  expect((await store.claim("run"))?.runs).toBe(2);
});

test("what could not be delivered is kept for another try", async () => {
  const store = open();
  await store.add(job("a", URL));
  await store.claim("run");
  expect(await store.retry("a")).toBe(false);
  await store.finish("a", result);
  await store.claim("deliver");
  await store.end("a", "failed", "The receiver answered 503.");
  expect(await store.list()).toMatchObject([{ state: "failed", note: "The receiver answered 503." }]);
  expect(await store.retry("a")).toBe(true);
  const again = await store.claim("deliver");
  expect(again?.deliveries).toBe(1);
  expect(new TextDecoder().decode(again?.result?.body)).toBe('{"a":1}');
});

describe("sweeping", () => {
  test("a claim of a closed server is free again", async () => {
    const [one, other] = [open(), open()];
    await one.add(job("a", URL));
    await one.claim("run");
    expect(await other.sweep()).toEqual({ freed: 0, expired: 0 });
    expect(await other.claim("run")).toBeUndefined();
    await close(one);
    expect(await other.sweep()).toEqual({ freed: 1, expired: 0 });
    // It was begun once, and counts.
    expect((await other.claim("run"))?.runs).toBe(2);
  });

  test("old jobs go with their recordings; one that is worked on stays", async () => {
    const store = open({ ...LIMITS, keep: 0 });
    await store.add(job("a", URL, { audio: { bytes: new Uint8Array(10) } }));
    await store.add(job("b", URL));
    expect((await store.claim("run"))?.id).toBe("a");
    await Bun.sleep(5);
    expect(await store.sweep()).toEqual({ freed: 0, expired: 1 });
    expect((await store.list()).map(({ id }) => id)).toEqual(["a"]);
    await store.giveBack("a", { at: new Date(), counts: true });
    expect(await store.sweep()).toEqual({ freed: 0, expired: 1 });
    expect(audioFiles()).toEqual([]);
  });

  test("a recording without a job goes when it is old", async () => {
    const store = open();
    await store.add(job("a", URL, { audio: { bytes: new Uint8Array(10) } }));
    const [own = ""] = audioFiles();
    for (const name of ["left.audio", "young.audio"]) writeFileSync(join(folder.path, "audio", name), "x");
    const old = new Date(Date.now() - 2 * 3600 * 1000);
    for (const name of [own, "left.audio"]) utimesSync(join(folder.path, "audio", name), old, old);
    await store.sweep();
    expect(audioFiles().toSorted()).toEqual([own, "young.audio"].toSorted());
  });
});

describe("what is refused", () => {
  test("more than there is room for, leaving nothing behind", async () => {
    const store = open({ ...LIMITS, maxBytes: 1000 });
    await store.add(job("a", URL, { audio: { bytes: new Uint8Array(900) } }));
    expect(await codeOf(store.add(job("b", URL, { audio: { bytes: new Uint8Array(200) } })))).toBe("busy");
    const upload = join(folder.path, "upload");
    writeFileSync(upload, new Uint8Array(200));
    expect(await codeOf(store.add(job("c", URL, { audio: { path: upload } })))).toBe("busy");
    expect(audioFiles()).toHaveLength(1);
    // Delivered results need no room.
    await store.claim("run");
    await store.finish("a", result);
    await store.add(job("b", URL, { audio: { bytes: new Uint8Array(200) } }));
  });

  test("an id that is taken, and one that is a path", async () => {
    const store = open();
    await store.add(job("a", URL, { audio: { bytes: new Uint8Array([1]) } }));
    expect(await codeOf(store.add(job("a", URL, { audio: { bytes: new Uint8Array([2]) } })))).toBe("conflict");
    const running = await store.claim("run");
    expect([...readFileSync(pathOf(running))]).toEqual([1]);
    expect(audioFiles()).toHaveLength(1);
    for (const id of ["", "../x", "a/b", "a".repeat(65)])
      expect(await codeOf(store.add(job(id, URL)))).toBe("bad-parameter");
  });

  test("a store that a newer program has written, which stays as it is", async () => {
    await close(open());
    const path = join(folder.path, "jobs.sqlite");
    const database = new Database(path);
    database.run("PRAGMA user_version = 7");
    database.run("ALTER TABLE job ADD COLUMN later TEXT");
    database.run("PRAGMA journal_mode = DELETE");
    database.close();
    const before = readFileSync(path);
    expect(() => open()).toThrow(/newer Verbatim \(version 7; this one reads up to 1\)/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("a file that is none of ours, and a folder that is a file", async () => {
    const path = join(folder.path, "jobs.sqlite");
    writeFileSync(
      path,
      "this is no database, and longer than a header of one would have to be to look like it".repeat(20),
    );
    expect(() => open()).toThrow(/cannot be read \(SQLITE_NOTADB\)/);
    writeFileSync(join(folder.path, "file"), "");
    expect(() => new SqliteJobStore(join(folder.path, "file"), LIMITS)).toThrow(VerbatimError);
  });
});

test("in the data folder it is made when it is opened, and found again", async () => {
  const settings = { dataDir: join(folder.path, "data"), jobs: { ...LIMITS, retries: 1, retryDelay: 1 } };
  const source = SqliteJobStore.source(settings);
  expect(source.exists).toBe(false);
  expect(existsSync(settings.dataDir)).toBe(false);
  const store = source.open();
  await store.add(job("a", URL));
  await store.close();
  expect(SqliteJobStore.source(settings).exists).toBe(true);
});
