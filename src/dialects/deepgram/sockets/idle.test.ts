import { expect, test } from "bun:test";
import { IdleWatch } from "./idle.ts";

test("who sends something is not idle, and who stops is, once", async () => {
  let count = 0;
  const watch = new IdleWatch(0.2, () => count++);
  for (let i = 0; i < 10; i++) {
    await Bun.sleep(50);
    watch.touch();
  }
  expect(count).toBe(0);
  while (count === 0) await Bun.sleep(5);
  await Bun.sleep(300);
  expect(count).toBe(1);
});

test("nobody is idle after the end, or where there is no limit", async () => {
  let count = 0;
  new IdleWatch(0.02, () => count++).stop();
  new IdleWatch(0, () => count++);
  await Bun.sleep(60);
  expect(count).toBe(0);
});
