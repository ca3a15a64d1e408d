import { expect, test } from "bun:test";
import { selfCommand } from "./self.ts";

test("the program starts itself with arguments as they are", () => {
  const child = Bun.spawnSync(selfCommand(["version"]));
  expect(child.stderr.toString()).toBe("");
  expect(child.exitCode).toBe(0);
  expect(child.stdout.toString()).toMatch(/\d+\.\d+\.\d+/);
});
