import { expect, test } from "bun:test";
import { Backlog } from "./backlog.ts";

const chunk = (seconds: number) => new ArrayBuffer(seconds * 2 * 16_000);

test("what no final covers is sent again", () => {
  const backlog = new Backlog(16_000);
  for (let i = 0; i < 10; i++) backlog.add(chunk(0.5));
  expect(backlog.heard).toBe(5);
  backlog.settled(3.2);
  const { from, chunks } = backlog.replay();
  expect(from).toBe(3);
  expect(chunks).toHaveLength(4);
  backlog.settled(9);
  expect(backlog.replay()).toEqual({ from: 5, chunks: [] });
});

test("no more than a minute is kept", () => {
  const backlog = new Backlog(16_000);
  for (let i = 0; i < 70; i++) backlog.add(chunk(1));
  expect(backlog.replay().from).toBe(10);
  expect(backlog.replay().chunks).toHaveLength(60);
});
