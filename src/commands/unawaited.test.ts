import { expect, test } from "bun:test";

async function run(script: string): Promise<{ code: number; out: string; err: string }> {
  const imports = `import { openLog } from "${import.meta.dir}/../log/log.ts";
    import { outliveUnawaited } from "${import.meta.dir}/unawaited.ts";
    const log = openLog({ level: "info", format: "json" });`;
  const child = Bun.spawn([process.execPath, "-e", imports + script], { stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

const failing = `setTimeout(() => void Promise.reject(new Error("one client's")), 50);
  setTimeout(() => console.log("still here"), 200);`;

test("a failure that nobody waits for is written down with its place, and ends nothing", async () => {
  const { code, out, err } = await run(`outliveUnawaited(log); ${failing}`);
  expect([code, out]).toEqual([0, "still here\n"]);
  const line = JSON.parse(err);
  expect(line).toMatchObject({ level: "error", error: { message: "one client's" } });
  expect(line.stack).toContain("at ");
});

test("without that, it ends the program", async () => {
  const { code, out } = await run(failing);
  expect([code, out]).toEqual([1, ""]);
});
