import { describe, expect, test } from "bun:test";
import type { Lane } from "./job.ts";
import { LaneQueue, type Queued } from "./queue.ts";

interface Item extends Queued {
  name: string;
}

function item(lane: Lane, client: string, name: string, key?: string): Item {
  return { lane, client, name, key };
}

function drain(queue: LaneQueue<Item>, may: (one: Item) => boolean = () => true): string[] {
  const names: string[] = [];
  for (;;) {
    const next = queue.take(may);
    if (!next) return names;
    names.push(next.name);
  }
}

describe("the queue", () => {
  test("lets finals go before partials before file pieces, whatever came first", () => {
    const queue = new LaneQueue<Item>();
    for (const name of ["file 1", "file 2"]) queue.add(item("file", "archive", name));
    queue.add(item("partial", "ann", "partial"));
    queue.add(item("final", "ann", "final"));
    expect(drain(queue)).toEqual(["final", "partial", "file 1", "file 2"]);
  });

  test("lets the clients of a lane take turns", () => {
    const queue = new LaneQueue<Item>();
    for (let n = 1; n <= 4; n++) queue.add(item("file", "flood", `flood ${n}`));
    queue.add(item("file", "bea", "bea 1"));
    queue.add(item("file", "bea", "bea 2"));
    queue.add(item("file", "carl", "carl 1"));
    expect(drain(queue)).toEqual(["flood 1", "bea 1", "carl 1", "flood 2", "bea 2", "flood 3", "flood 4"]);
  });

  test("lets a client that comes back wait its turn, but no longer", () => {
    const queue = new LaneQueue<Item>();
    for (let n = 1; n <= 3; n++) queue.add(item("file", "flood", `flood ${n}`));
    queue.add(item("file", "bea", "bea 1"));
    const order: string[] = [];
    for (let n = 2; n <= 3; n++) {
      order.push(queue.take(() => true)?.name ?? "", queue.take(() => true)?.name ?? "");
      queue.add(item("file", "bea", `bea ${n}`));
    }
    expect([...order, ...drain(queue)]).toEqual(["flood 1", "bea 1", "flood 2", "bea 2", "flood 3", "bea 3"]);
  });

  test("puts a newer job with the same key in the older one's place", () => {
    const queue = new LaneQueue<Item>();
    expect(queue.add(item("partial", "ann", "a1", "left"))).toBeUndefined();
    expect(queue.add(item("partial", "ann", "b1", "right"))).toBeUndefined();
    expect(queue.add(item("partial", "bea", "c1", "left"))).toBeUndefined();
    expect(queue.add(item("partial", "ann", "a2", "left"))?.name).toBe("a1");
    expect(queue.add(item("partial", "ann", "d1"))).toBeUndefined();
    expect(queue.add(item("partial", "ann", "d2"))).toBeUndefined();
    expect(queue.depth("partial")).toBe(5);
    expect(drain(queue)).toEqual(["a2", "c1", "b1", "d1", "d2"]);
  });

  test("never replaces a job in another lane", () => {
    const queue = new LaneQueue<Item>();
    queue.add(item("final", "ann", "final", "left"));
    expect(queue.add(item("partial", "ann", "partial", "left"))).toBeUndefined();
    expect(drain(queue)).toEqual(["final", "partial"]);
  });

  test("passes over what may not start, without taking its turn away", () => {
    const queue = new LaneQueue<Item>();
    queue.add(item("file", "ann", "small 1"));
    queue.add(item("file", "ann", "large 1"));
    queue.add(item("file", "bea", "small 2"));
    expect(drain(queue, ({ name }) => name.startsWith("large"))).toEqual(["large 1"]);
    expect(drain(queue)).toEqual(["small 2", "small 1"]);
    queue.add(item("file", "ann", "small 3"));
    expect(drain(queue, () => false)).toEqual([]);
    expect(queue.depth("file")).toBe(1);
  });

  test("shows what is next without taking it", () => {
    const queue = new LaneQueue<Item>();
    expect(queue.peek(() => true)).toBeUndefined();
    queue.add(item("file", "ann", "file"));
    queue.add(item("final", "bea", "final"));
    expect(queue.peek(() => true)?.name).toBe("final");
    expect(queue.peek(({ lane }) => lane !== "final")?.name).toBe("file");
    expect(drain(queue)).toEqual(["final", "file"]);
  });

  test("puts back what was taken before everything else, in order", () => {
    const queue = new LaneQueue<Item>();
    for (let n = 1; n <= 3; n++) queue.add(item("file", "ann", `ann ${n}`));
    for (let n = 1; n <= 2; n++) queue.add(item("file", "bea", `bea ${n}`));
    const taken = [queue.take(() => true), queue.take(() => true)].filter((one) => one !== undefined);
    queue.putBack(taken);
    expect(drain(queue)).toEqual(["ann 1", "bea 1", "ann 2", "bea 2", "ann 3"]);
  });

  test("lets go of what is removed, once", () => {
    const queue = new LaneQueue<Item>();
    const one = item("final", "ann", "one");
    queue.add(one);
    queue.add(item("final", "ann", "two"));
    expect(queue.remove(one)).toBe(true);
    expect(queue.remove(one)).toBe(false);
    expect([...queue].map(({ name }) => name)).toEqual(["two"]);
    expect(queue.depth("final", ({ name }) => name === "one")).toBe(0);
  });
});
