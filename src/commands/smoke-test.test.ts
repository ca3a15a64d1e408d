import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { openHome } from "../../test/run-verbatim.ts";

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("verbatim-smoke-"));

test("the smoke test passes from a checkout too, and leaves nothing behind", async () => {
  using home = openHome();
  const before = leftovers();
  const { code, out } = await home.run(["--smoke-test"]);
  expect([code, out]).toEqual([
    0,
    "Smoke test passed: 7 pages, one transcription, a clean end, a healthy installation.\n",
  ]);
  expect(leftovers()).toEqual(before);
});

test("the smoke test ends in time, and leaves no server behind", async () => {
  using home = openHome();
  const before = leftovers();
  const { code, err } = await home.run(["--smoke-test", "--within", "0.05"]);
  expect(code).toBe(1);
  expect(err).toContain("timed out");
  expect(leftovers()).toEqual(before);
  expect((await home.run(["--smoke-test", "--within", "soon"])).err).toContain("--within is a number of seconds.");
});

test("the smoke test fails where something is missing", async () => {
  using home = openHome();
  const { code, err } = await home.run(["--smoke-test", "--model", "no-such-model"]);
  expect(code).toBe(1);
  expect(err).toContain("The server ended before it was ready.");
});
