import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SinkQueue } from "./queue.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-queue-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newPath = () => join(folder, `deeper/${files++}.sqlite`);
const parcel = (id: string, body = `{"id":"${id}"}`) => ({ id, session: "s", body });
const MiB = 1024 ** 2;

describe("the queue", () => {
  test("keeps each record until every sink has it, in order, over restarts", () => {
    const path = newPath();
    const first = new SinkQueue(path, MiB);
    for (const id of ["a", "b", "c"]) expect(first.add([parcel(id)], ["webhook", "file"])).toEqual(new Map());
    const [a, b] = first.next("file", 2);
    expect([a?.id, b?.id]).toEqual(["a", "b"]);
    expect(first.settle("file", [a, b] as never)).toBe(2);
    expect(first.settle("file", [a, b] as never)).toBe(0);
    first.setNote("n", "1");
    first.setNote("n", "2");
    first.close();

    const second = new SinkQueue(path, MiB);
    expect(second.next("file", 9).map(({ id }) => id)).toEqual(["c"]);
    const all = second.next("webhook", 9);
    expect(all.map(({ id, body }) => [id, body])).toEqual(["a", "b", "c"].map((id) => [id, parcel(id).body]));
    expect(second.note("n")).toBe("2");
    expect(second.waiting("webhook")).toBe(3);
    second.settle("webhook", all);
    second.settle("file", second.next("file", 9));
    expect(second.bytes).toBe(0);
    // A number is never given twice: sinks count by it.
    second.add([parcel("d")], ["file"]);
    expect(second.next("file", 9)[0]?.seq).toBe(4);
    second.close();
  });

  test("that is full drops the oldest, and says for whom", () => {
    const queue = new SinkQueue(newPath(), MiB);
    const large = "x".repeat(MiB / 4);
    const dropped = ["a", "b", "c", "d", "e"].map((id) => {
      const gone = queue.add([parcel(id, large)], ["redis", "file"]);
      if (id === "a") queue.settle("redis", queue.next("redis", 1));
      return Object.fromEntries(gone);
    });
    expect(dropped).toEqual([{}, {}, {}, { file: 1 }, { redis: 1, file: 1 }]);
    expect(queue.next("file", 9).map(({ id }) => id)).toEqual(["c", "d", "e"]);
    expect(queue.bytes).toBeLessThanOrEqual(MiB);
    queue.close();
  });

  test("takes what belongs to one work once, all or nothing, until that is long ago", () => {
    const path = newPath();
    const first = new SinkQueue(path, MiB);
    first.add([parcel("a"), parcel("b")], ["file"], { work: "w", now: 1000 });
    first.add([parcel("c")], ["file"], { work: "w", now: 1500 });
    expect(() => first.add([parcel("d"), { ...parcel("e"), body: null as never }], ["file"], { work: "x" })).toThrow();
    first.close();
    const second = new SinkQueue(path, MiB);
    second.add([parcel("f")], ["file"], { work: "w", now: 2000 });
    second.add([parcel("g")], ["file"], { work: "x", now: 2000 });
    const ids = () => second.next("file", 9).map(({ id }) => id);
    expect(ids()).toEqual(["a", "b", "g"]);
    second.expire(1500);
    second.add([parcel("h")], ["file"], { work: "w", now: 2000 });
    second.add([parcel("i")], ["file"], { work: "x", now: 2000 });
    expect(ids()).toEqual(["g", "h"]);
    second.close();
  });

  test("drops what is too old", () => {
    const queue = new SinkQueue(newPath(), MiB);
    queue.add([parcel("old")], ["file"], { now: 1000 });
    queue.add([parcel("new")], ["file"], { now: 2000 });
    expect(queue.expire(1500)).toEqual(new Map([["file", 1]]));
    expect(queue.next("file", 9).map(({ id }) => id)).toEqual(["new"]);
    expect(queue.expire(1500)).toEqual(new Map());
    queue.close();
  });

  test("is private, is used by one process, and is not read by an older program", () => {
    const path = newPath();
    const queue = new SinkQueue(path, MiB);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => new SinkQueue(path, MiB)).toThrow("another Verbatim uses it");
    queue.close();
    const database = new Database(path);
    database.run("PRAGMA user_version = 99");
    database.close();
    expect(() => new SinkQueue(path, MiB)).toThrow("a newer version");
  });

  test("does not keep in its file what was delivered", async () => {
    const path = newPath();
    const queue = new SinkQueue(path, MiB);
    queue.add([parcel("a", "a secret that was said")], ["file"]);
    queue.settle("file", queue.next("file", 1));
    queue.close();
    expect(await Bun.file(path).text()).not.toContain("a secret that was said");
  });
});
