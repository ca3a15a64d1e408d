import { expect, test } from "bun:test";
import { EventQueue } from "./event-queue.ts";

test("in order, whether the reader or the writer is ahead", async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of queue) {
      seen.push(n);
      if (n === 2) await Bun.sleep(1);
    }
  })();
  queue.push(2);
  await Bun.sleep(0);
  queue.push(3);
  queue.push(4);
  await Bun.sleep(5);
  queue.push(5);
  queue.end();
  queue.push(6);
  await reading;
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

test("what came before a failure is read first", async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.fail(new Error("broken"));
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of queue) seen.push(n);
  })();
  expect(reading).rejects.toThrow("broken");
  await reading.catch(() => {});
  expect(seen).toEqual([1]);
});

test("a reader that leaves", async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.push(2);
  for await (const n of queue) {
    expect(n).toBe(1);
    break;
  }
});

test("events are counted as they are taken, and as they wait", async () => {
  const queue = new EventQueue<number>();
  for (const n of [1, 2, 3]) queue.push(n);
  expect([queue.waiting, queue.taken]).toEqual([3, 0]);
  for await (const n of queue) if (n === 2) break;
  queue.push(4);
  expect([queue.waiting, queue.taken]).toEqual([1, 2]);
});
