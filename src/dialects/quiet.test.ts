import { expect, test } from "bun:test";
import { QuietWatch } from "./quiet.ts";

test("is told once when nothing comes, and not while something does", async () => {
  let count = 0;
  const watch = new QuietWatch(() => count++);
  for (let i = 0; i < 20; i++) {
    watch.expect(200);
    await Bun.sleep(20);
  }
  expect(count).toBe(0);
  while (count === 0) await Bun.sleep(5);
  await Bun.sleep(300);
  expect(count).toBe(1);
  // It can begin anew, with another patience.
  watch.expect(60_000);
  watch.expect(10);
  while (count === 1) await Bun.sleep(5);
  watch.expect(10);
  watch.stop();
  await Bun.sleep(60);
  expect(count).toBe(2);
});

test("waits for what came while this program did not run", async () => {
  let count = 0;
  const watch = new QuietWatch(() => count++);
  watch.expect(50);
  setTimeout(() => watch.expect(60_000), 60);
  // Both are due when this is over, the watch first.
  const end = performance.now() + 200;
  while (performance.now() < end);
  await Bun.sleep(100);
  expect(count).toBe(0);
  watch.stop();
});
