import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { textOf } from "./body.ts";
import { Hold } from "./hold.ts";
import { Spool } from "./spool.ts";

const limits = { total: 1 << 24, idle: 60_000 };
const { signal } = new AbortController();
const MIB = 1 << 20;

/** A body that comes in many pieces. */
const body = (bytes: number, piece = 10_000) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes; at += piece) controller.enqueue(Buffer.alloc(Math.min(piece, bytes - at), "x"));
      controller.close();
    },
  });

test("bodies that are held together take no more than there is, and give it back", async () => {
  const spool = new Spool(tmpdir(), 3 * MIB);
  const first = new Hold(spool);
  expect(await textOf(body(MIB), limits, signal, first)).toHaveLength(MIB);
  {
    using second = new Hold(spool);
    await expect(textOf(body(MIB), limits, signal, second)).rejects.toMatchObject({ code: "busy", retryAfter: 5 });
    // What only says what it wants is read all the same.
    using third = new Hold(spool);
    expect(await textOf(body(30_000), limits, signal, third)).toHaveLength(30_000);
  }
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using fourth = new Hold(spool);
  expect(await textOf(body(MIB), limits, signal, fourth)).toHaveLength(MIB);
  expect(spool.claim(3 * MIB)).toBe(false);
  expect(spool.claim(MIB)).toBe(true);
});

test("a body that comes byte by byte costs its bytes", async () => {
  const before = process.memoryUsage.rss();
  let left = 2 * MIB;
  const dribble = new ReadableStream<Uint8Array>({
    pull(controller) {
      for (let i = 0; i < 1000 && left-- > 0; i++) controller.enqueue(Buffer.alloc(1, "x"));
      if (left <= 0) controller.close();
    },
  });
  expect((await textOf(dribble, limits, signal)).length).toBeGreaterThan(MIB);
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * MIB);
});
