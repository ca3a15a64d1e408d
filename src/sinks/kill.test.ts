/** A process that publishes is killed at any moment, again and again: what it said was taken is delivered, and not twice. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TranscriptRecord } from "./record.ts";
import { openTestSinks, publishUntilKilled, ROUNDS, ROUNDS_PATIENCE, until } from "./testing.ts";

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "verbatim-kill-"));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test(
  "killed while it delivers to a file and a webhook",
  async () => {
    const got: TranscriptRecord[] = [];
    let flaky = 0;
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        got.push((await request.json()) as TranscriptRecord);
        return new Response(null, { status: ++flaky % 40 === 0 ? 503 : 200 });
      },
    });
    const file = join(dataDir, "transcripts.ndjson");
    const sinks = { file, webhookUrl: server.url.href };
    // Prints each number once it is taken: what is printed is promised.
    const script = `
    const { openTestSinks, spoken } = await import(${JSON.stringify(join(import.meta.dir, "testing.ts"))});
    const sinks = openTestSinks(${JSON.stringify(dataDir)}, ${JSON.stringify(sinks)});
    for (let number = Number(process.argv[1]); ; number++) {
      sinks.publish(spoken(number, { session: "s" + (number % 3) }));
      require("node:fs").writeSync(1, number + "\\n");
      if (number % 5 === 0) await Bun.sleep(1);
    }`;
    const promised = new Set<number>();
    for (let round = 0; round < ROUNDS; round++) {
      const numbers = await publishUntilKilled(script, round);
      expect(numbers.length).toBeGreaterThan(0);
      for (const number of numbers) promised.add(number);
    }
    const last = openTestSinks(dataDir, sinks);
    await until(() => last.metric("stt_sink_queue_bytes") === 0);
    await last.close(5000);
    await server.stop(true);

    const written = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as TranscriptRecord);
    const numbers = written.map(({ from }) => from);
    // At most the one that was being taken in each round was not promised, and may be there all the same.
    expect(new Set(numbers).size).toBe(numbers.length);
    expect([...promised].filter((number) => !numbers.includes(number))).toEqual([]);
    expect(numbers.length - promised.size).toBeLessThanOrEqual(ROUNDS);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));

    // A webhook may get one again, under the same id; without these repetitions it got the same.
    const ids = new Map(got.map((record) => [record.id, record.from]));
    expect([...ids.values()].toSorted((a, b) => a - b)).toEqual(numbers);
    expect(new Set(written.map(({ id }) => id))).toEqual(new Set(ids.keys()));
  },
  ROUNDS_PATIENCE,
);
