import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../log/log.ts";
import { openMetrics } from "../metrics/metrics.ts";
import { Courier } from "./courier.ts";
import type { Destination } from "./destination.ts";
import { SinkQueue } from "./queue.ts";
import { until } from "./testing.ts";

/** A queue whose disk fails while it is told to. */
class FailingQueue extends SinkQueue {
  isBroken = false;

  override next(...asked: Parameters<SinkQueue["next"]>) {
    this.#look();
    return super.next(...asked);
  }

  override waiting(...asked: Parameters<SinkQueue["waiting"]>) {
    this.#look();
    return super.waiting(...asked);
  }

  #look(): void {
    if (this.isBroken) throw new Error("disk I/O error");
  }
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-courier-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a disk that fails ends neither the courier nor the program: what waits is delivered when it can be read again", async () => {
  const queue = new FailingQueue(join(folder, "queue.sqlite"), 1 << 20);
  const delivered: string[] = [];
  const destination: Destination = {
    name: "file",
    async deliver(parcels, settle) {
      delivered.push(...parcels.map(({ id }) => id));
      settle(parcels, "delivered");
    },
    tell: async () => {},
    close: async () => {},
  };
  let log = "";
  const metrics = openMetrics();
  queue.isBroken = true;
  const courier = new Courier(destination, {
    queue,
    log: openLog({ level: "warn", format: "json", write: (line) => (log += line) }),
    metrics,
    pace: { first: 5, longest: 10 },
  });
  queue.add([{ id: "1", session: "s", body: "{}" }], ["file"]);
  courier.wake();
  await until(() => log.includes("disk I/O error"));
  expect(metrics.text()).toContain('stt_sink_queue_records{sink="file"} 0');
  queue.isBroken = false;
  await until(() => delivered.length > 0);
  expect(delivered).toEqual(["1"]);
  await courier.close(1000);
  queue.close();
});
