import { expect, test } from "bun:test";
import { existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { Presence } from "./presence.ts";
import { temporaryFolder } from "./testing.ts";

test("a process is present until it is killed", async () => {
  const folder = temporaryFolder();
  const own = new Presence(folder.path);
  let other: Bun.Subprocess<"ignore", "pipe"> | undefined;
  try {
    const program = `
      import { Presence } from "./presence.ts";
      // What nobody holds is collected, and gives its lock up.
      globalThis.presence = new Presence(${JSON.stringify(folder.path)});
      console.log(presence.id);
      setInterval(() => {}, 1000);`;
    other = Bun.spawn([process.execPath, "-e", program], { cwd: import.meta.dir, stdout: "pipe" });
    const reader = other.stdout.getReader();
    const id = new TextDecoder().decode((await reader.read()).value).trim();
    expect(own.isPresent(id)).toBe(true);
    expect(own.isPresent(own.id)).toBe(true);
    other.kill("SIGKILL");
    await other.exited;
    expect(own.isPresent(id)).toBe(false);
    expect(existsSync(join(folder.path, id))).toBe(false);
    expect(own.isPresent(crypto.randomUUID())).toBe(false);
  } finally {
    other?.kill("SIGKILL");
    own.close();
    folder.remove();
  }
});

test("within one process, too, and a closed one leaves nothing", () => {
  const folder = temporaryFolder();
  const [one, other] = [new Presence(folder.path), new Presence(folder.path)];
  expect(other.isPresent(one.id)).toBe(true);
  one.close();
  expect(other.isPresent(one.id)).toBe(false);
  other.close();
  expect(readdirSync(folder.path)).toEqual([]);
  folder.remove();
});

test("files of the dead go at the next start, those of the living stay", async () => {
  const folder = temporaryFolder();
  const living = new Presence(folder.path);
  await Bun.write(join(folder.path, "dead"), "");
  await Bun.write(join(folder.path, "young"), "");
  const old = new Date(Date.now() - 3600 * 1000);
  for (const name of [living.id, "dead"]) utimesSync(join(folder.path, name), old, old);
  const next = new Presence(folder.path);
  expect(readdirSync(folder.path).toSorted()).toEqual([living.id, next.id, "young"].toSorted());
  next.close();
  living.close();
  folder.remove();
});
