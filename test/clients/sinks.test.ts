/** Transcripts sent on to a real Redis and a real PostgreSQL, which are killed, as we are. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RedisClient, SQL } from "bun";
import type { TranscriptRecord } from "../../src/sinks/record.ts";
import { openTestSinks, publishUntilKilled, ROUNDS, ROUNDS_PATIENCE, spoken, until } from "../../src/sinks/testing.ts";
import { type Database, startPostgres, startRedis } from "./databases.ts";

let redis: Database;
let postgres: Database;
beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
});
afterAll(() => Promise.all([redis.close(), postgres.close()]));

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "verbatim-sinks-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

async function entries(stream: string): Promise<TranscriptRecord[]> {
  const client = new RedisClient(redis.url);
  const found: [string, string[]][] = await client.send("XRANGE", [stream, "-", "+"]);
  client.close();
  return found.map(([, [, id, , record]]) => {
    const parsed = JSON.parse(record as string) as TranscriptRecord;
    expect(parsed.id).toBe(id as string);
    return parsed;
  });
}

/** What is published on a channel from now on. */
async function listen(channel: string) {
  const client = new RedisClient(redis.url);
  const heard: TranscriptRecord[] = [];
  await client.subscribe(channel, (message) => void heard.push(JSON.parse(message)));
  return { heard, close: () => client.close() };
}

async function rows(
  query = "SELECT * FROM verbatim.transcript ORDER BY recognized_at, id",
): Promise<Record<string, unknown>[]> {
  const sql = new SQL({ url: postgres.url, max: 1 });
  const found = await sql.unsafe(query);
  await sql.close();
  return [...found];
}

const texts = (records: { text?: unknown }[]) => records.map(({ text }) => text);
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `word ${i}`);

describe("Redis", () => {
  test("publishes and keeps what was said, partials only on the channel", async () => {
    const { heard, close } = await listen("live");
    const settings = { redisUrl: redis.url, redisChannel: "live", redisStream: "kept", partials: ["redis"] };
    const sinks = openTestSinks(dataDir, settings);
    sinks.publish(spoken(0, { type: "partial", text: "wor" }));
    await until(() => heard.length === 1);
    for (let i = 0; i < 100; i++) sinks.publish(spoken(i));
    await sinks.close(5000);
    await until(() => heard.length === 101);
    close();
    expect(texts(heard)).toEqual(["wor", ...numbered(100)]);
    expect(await entries("kept")).toEqual(heard.slice(1));
    const { id, time, ...record } = heard[1] as TranscriptRecord;
    expect(record).toEqual(spoken(0));
  });

  test("without a channel or without a stream gets the other one; a stream may be short", async () => {
    const only = openTestSinks(join(dataDir, "a"), {
      redisUrl: redis.url,
      redisChannel: "",
      redisStream: "short",
      redisStreamLength: 50,
    });
    for (let i = 0; i < 1000; i++) only.publish(spoken(i));
    await only.close(5000);
    const kept = await entries("short");
    expect(kept.length).toBeLessThan(400);
    expect(kept.at(-1)?.text).toBe("word 999");

    const { heard, close } = await listen("transcription");
    const channel = openTestSinks(join(dataDir, "b"), { redisUrl: redis.url });
    channel.publish(spoken(1));
    await channel.close(5000);
    await until(() => heard.length === 1);
    close();
  });

  test("of several servers in one stream loses nobody's", async () => {
    const settings = { redisUrl: redis.url, redisStream: "shared" };
    const servers = ["a", "b", "c"].map((name) => openTestSinks(join(dataDir, name), settings));
    for (let i = 0; i < 50; i++)
      for (const [s, server] of servers.entries()) server.publish(spoken(i, { session: `${s}` }));
    await Promise.all(servers.map((server) => server.close(5000)));
    const kept = await entries("shared");
    for (const session of ["0", "1", "2"])
      expect(texts(kept.filter((record) => record.session === session))).toEqual(numbered(50));
  });

  test("that is killed and comes back has everything once", async () => {
    const sinks = openTestSinks(dataDir, { redisUrl: redis.url, redisStream: "killed" });
    let number = 0;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 200; i++) {
        sinks.publish(spoken(number++));
        if (i % 20 === 0) await Bun.sleep(1);
      }
      await redis.kill();
      for (let i = 0; i < 20; i++) sinks.publish(spoken(number++));
      await Bun.sleep(50);
      await redis.start();
    }
    await until(() => sinks.metric("stt_sink_queue_bytes") === 0);
    await sinks.close(5000);
    expect(texts(await entries("killed"))).toEqual(numbered(number));
    expect(sinks.metric('stt_sink_failures_total{sink="redis"}')).toBeGreaterThan(0);
  });

  test("that takes a command and does not answer is not waited for", async () => {
    const client = new RedisClient(redis.url);
    const sinks = openTestSinks(dataDir, { redisUrl: redis.url, redisStream: "paused" }, { patience: 1000 });
    // It goes on after four seconds with what it had received, and only then do we get through: once, all the same.
    await client.send("CLIENT", ["PAUSE", "4000", "WRITE"]);
    for (let i = 0; i < 10; i++) sinks.publish(spoken(i));
    await until(() => sinks.metric('stt_sink_failures_total{sink="redis"}') >= 2);
    await until(() => sinks.metric("stt_sink_queue_bytes") === 0);
    await sinks.close(5000);
    client.close();
    expect(texts(await entries("paused"))).toEqual(numbered(10));
  });

  test("with a wrong password or a key of another kind is tried again, and nothing is lost", async () => {
    const client = new RedisClient(redis.url);
    await client.set("occupied", "no stream");
    const sinks = openTestSinks(dataDir, { redisUrl: redis.url, redisStream: "occupied" });
    sinks.publish(spoken(0));
    await until(() => sinks.metric('stt_sink_failures_total{sink="redis"}') >= 2);
    await client.send("DEL", ["occupied"]);
    client.close();
    await sinks.close(5000);
    const stranger = openTestSinks(join(dataDir, "stranger"), { redisUrl: redis.url.replace("geheim", "falsch") });
    stranger.publish(spoken(1));
    await until(() => stranger.metric('stt_sink_failures_total{sink="redis"}') >= 2);
    await stranger.close(5000);
    const again = openTestSinks(dataDir, { redisUrl: redis.url, redisStream: "occupied" });
    await again.close(5000);
    expect(texts(await entries("occupied"))).toEqual(["word 0"]);
  });
});

describe("PostgreSQL", () => {
  test("gets its tables and a row for each record, partials if they are asked for", async () => {
    const sinks = openTestSinks(dataDir, { postgresUrl: postgres.url, partials: ["postgres"] });
    const record = spoken(1, {
      text: "naïve 'quotes' \\ \0 \ud800 😀",
      language: undefined,
      channel: 1,
      source: "file",
    });
    sinks.publish(record);
    await until(() => sinks.metric("stt_sink_queue_bytes") === 0);
    sinks.publish(spoken(2, { type: "partial" }));
    await until(() => sinks.metric('stt_sink_records_total{sink="postgres",outcome="partial"}') === 1);
    await sinks.close(5000);
    const found = await rows();
    expect(found.map(({ type }) => type)).toEqual(["final", "partial"]);
    expect(found[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: "final",
      session: "session-1",
      source: "file",
      channel: 1,
      from_seconds: 1,
      to_seconds: 1.5,
      text: "naïve 'quotes' \\  \ufffd 😀",
      words: [...record.words],
      language: null,
      model: "base.en-q8_0",
      recognized_at: expect.any(Date),
    });
    expect(found[1]?.language).toBe("en");
  });

  test("several servers may make the tables at the same time; a schema of one's own", async () => {
    const settings = { postgresUrl: postgres.url, postgresSchema: "speech_2" };
    const servers = ["a", "b", "c", "d"].map((name) => openTestSinks(join(dataDir, name), settings));
    for (const server of servers) server.publish(spoken(1));
    await Promise.all(servers.map((server) => until(() => server.metric("stt_sink_queue_bytes") === 0)));
    await Promise.all(servers.map((server) => server.close(5000)));
    expect(await rows("SELECT text FROM speech_2.transcript")).toHaveLength(4);
    expect(texts(await rows("SELECT version::text AS text FROM speech_2.migration"))).toEqual(["1"]);
  });

  test("needs no right to make schemas where the tables are, and leaves those of a newer program alone", async () => {
    const settings = { postgresUrl: postgres.url, postgresSchema: "guarded" };
    const owner = openTestSinks(join(dataDir, "owner"), settings);
    owner.publish(spoken(1));
    await until(() => owner.metric("stt_sink_queue_bytes") === 0);
    await owner.close(5000);
    await rows("CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA guarded TO guest");
    await rows("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA guarded TO guest");
    const guest = openTestSinks(dataDir, {
      ...settings,
      postgresUrl: postgres.url.replace("verbatim:geheim", "guest"),
    });
    guest.publish(spoken(2));
    await until(() => guest.metric("stt_sink_queue_bytes") === 0);
    await guest.close(5000);

    await rows("INSERT INTO guarded.migration (version) VALUES (99)");
    const older = openTestSinks(dataDir, settings);
    older.publish(spoken(3));
    await until(() => older.metric('stt_sink_failures_total{sink="postgres"}') >= 2);
    await rows("DELETE FROM guarded.migration WHERE version = 99");
    await until(() => older.metric("stt_sink_queue_bytes") === 0);
    await older.close(5000);
    expect(texts(await rows("SELECT text FROM guarded.transcript ORDER BY text"))).toEqual([
      "word 1",
      "word 2",
      "word 3",
    ]);
  });

  test("that is locked by somebody else is not waited for", async () => {
    const settings = { postgresUrl: postgres.url, postgresSchema: "locked" };
    const sinks = openTestSinks(dataDir, settings, { patience: 3000 });
    sinks.publish(spoken(0));
    await until(() => sinks.metric("stt_sink_queue_bytes") === 0);
    const sql = new SQL({ url: postgres.url, max: 1 });
    await sql.begin(async (transaction) => {
      await transaction`LOCK TABLE locked.transcript IN ACCESS EXCLUSIVE MODE`;
      sinks.publish(spoken(1));
      await until(() => sinks.metric('stt_sink_failures_total{sink="postgres"}') >= 1);
    });
    await sql.close();
    await until(() => sinks.metric("stt_sink_queue_bytes") === 0);
    await sinks.close(5000);
    expect(texts(await rows("SELECT text FROM locked.transcript ORDER BY text"))).toEqual(numbered(2));
  });

  test("refuses one record, and takes those beside it", async () => {
    const sinks = openTestSinks(dataDir, { postgresUrl: postgres.url, postgresSchema: "strict" });
    // A number that no integer column takes.
    for (const number of [1, 2, 3]) sinks.publish(spoken(number, { channel: number === 2 ? 2 ** 40 : 0 }));
    await until(() => sinks.metric("stt_sink_queue_bytes") === 0);
    await sinks.close(5000);
    expect(texts(await rows("SELECT text FROM strict.transcript ORDER BY text"))).toEqual(["word 1", "word 3"]);
    expect(sinks.metric('stt_sink_records_total{sink="postgres",outcome="refused"}')).toBe(1);
  });

  test("that is killed and comes back has everything once", async () => {
    const sinks = openTestSinks(dataDir, { postgresUrl: postgres.url, postgresSchema: "killed" });
    let number = 0;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 200; i++) {
        sinks.publish(spoken(number++));
        if (i % 20 === 0) await Bun.sleep(1);
      }
      await postgres.kill();
      for (let i = 0; i < 20; i++) sinks.publish(spoken(number++));
      await Bun.sleep(50);
      await postgres.start();
    }
    await until(() => sinks.metric("stt_sink_queue_bytes") === 0);
    await sinks.close(5000);
    expect(texts(await rows("SELECT text FROM killed.transcript ORDER BY from_seconds"))).toEqual(numbered(number));
  });
});

test(
  "a process that is killed while it delivers to both leaves each record there once",
  async () => {
    const sinks = {
      redisUrl: redis.url,
      redisStream: "crash",
      redisChannel: "crash",
      postgresUrl: postgres.url,
      postgresSchema: "crash",
    };
    const script = `
    const { openTestSinks, spoken } = await import(${JSON.stringify(resolve(import.meta.dir, "../../src/sinks/testing.ts"))});
    const sinks = openTestSinks(${JSON.stringify(dataDir)}, ${JSON.stringify(sinks)});
    for (let number = Number(process.argv[1]); ; number++) {
      sinks.publish(spoken(number));
      require("node:fs").writeSync(1, number + "\\n");
      if (number % 10 === 0) await Bun.sleep(1);
    }`;
    const { heard, close } = await listen("crash");
    const promised: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      promised.push(...(await publishUntilKilled(script, round)));
    }
    const last = openTestSinks(dataDir, sinks);
    await until(() => last.metric("stt_sink_queue_bytes") === 0);
    await last.close(5000);
    const inRedis = (await entries("crash")).map(({ from }) => from);
    const inPostgres = (await rows("SELECT from_seconds FROM crash.transcript ORDER BY from_seconds")).map(
      (row) => row.from_seconds as number,
    );
    await until(() => heard.length >= inRedis.length);
    close();
    expect(new Set(inRedis).size).toBe(inRedis.length);
    expect(inPostgres).toEqual(inRedis);
    expect(heard.map(({ from }) => from)).toEqual(inRedis);
    const kept = new Set(inRedis);
    expect(promised.filter((number) => !kept.has(number))).toEqual([]);
    expect(inRedis.length - promised.length).toBeLessThanOrEqual(ROUNDS);
  },
  ROUNDS_PATIENCE,
);
