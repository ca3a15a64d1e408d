import { expect, test } from "bun:test";
import { join } from "node:path";
import { openHome } from "../../../test/run-verbatim.ts";
import { SqliteJobStore } from "../../jobs/sqlite-store.ts";
import { job } from "../../jobs/testing.ts";

test("lists, delivers again and removes", async () => {
  using home = openHome();
  expect(await home.run(["jobs", "list"])).toMatchObject({ code: 0, out: "There are no jobs.\n" });
  expect(await home.run(["jobs", "list", "--json"])).toMatchObject({ code: 0, out: "[]\n" });

  const store = new SqliteJobStore(join(home.folder, "data/verbatim/jobs"), { maxBytes: 1 << 20, keep: 3600 });
  await store.add(job("first", "https://me:secret@example.com/in"));
  await store.claim("run");
  await store.finish("first", { body: new TextEncoder().encode("{}"), contentType: "application/json" });
  await store.claim("deliver");
  await store.end("first", "failed", "The receiver answered 503.");
  await store.add(job("second", "https://example.com/in"));
  await store.claim("run");

  const { out } = await home.run(["jobs", "list"]);
  expect(out).toMatch(
    /^second +running +\S+Z +https:\/\/example\.com\nfirst +failed +\S+Z +https:\/\/example\.com +The receiver answered 503\.\n$/,
  );
  expect(out).not.toContain("secret");
  expect(await home.run(["jobs", "retry", "first"])).toMatchObject({
    code: 0,
    out: "first will be delivered again.\n",
  });
  expect(await home.run(["jobs", "retry", "second"])).toMatchObject({ code: 1 });
  expect(JSON.parse((await home.run(["jobs", "list", "--json"])).out)).toMatchObject([
    { id: "second", state: "waiting", claimed: true },
    { id: "first", state: "undelivered", claimed: false },
  ]);
  expect(await home.run(["jobs", "rm", "first", "second"])).toMatchObject({
    code: 0,
    out: "Removed first.\nRemoved second.\n",
  });
  expect(await home.run(["jobs", "rm", "first"])).toMatchObject({ code: 1 });
  expect(await home.run(["jobs", "rm"])).toMatchObject({ code: 2 });
  expect(await store.list()).toEqual([]);
  await store.close();
});
