import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { openHome } from "../../test/run-verbatim.ts";

test("the smoke test passes from a checkout too, and leaves nothing behind", async () => {
  using home = openHome();
  const { code, out } = await home.run(["--smoke-test"], { TMPDIR: home.folder });
  expect([code, out]).toEqual([
    0,
    "Smoke test passed: 7 pages, one transcription, a clean end, a healthy installation.\n",
  ]);
  expect(readdirSync(home.folder).filter((name) => name.startsWith("verbatim-"))).toEqual([]);
});

test("the smoke test fails where something is missing", async () => {
  using home = openHome();
  const { code, err } = await home.run(["--smoke-test", "--model", "no-such-model"]);
  expect(code).toBe(1);
  expect(err).toContain("The server ended before it was ready.");
});
