import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "verbatim-npm-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = `
  import { endWithNpm } from ${JSON.stringify(join(import.meta.dir, "npm-parent.ts"))};
  import { interruption } from ${JSON.stringify(join(import.meta.dir, "../src/commands/interruption.ts"))};
  endWithNpm();
  const signal = interruption();
  console.log(process.pid);
  for (let n = 0; n < 40 && !signal.aborted; n++) await Bun.sleep(50);
  console.log(signal.aborted ? "told to end" : "went on");
  process.exit(0);
`;

/** What the program says whose grandparent, of this name, is killed. */
async function orphaned(name: string): Promise<string> {
  const shell = join(folder, name);
  symlinkSync("/bin/sh", shell);
  const started = Bun.spawn([shell, "-c", `sh -c '"$@"; :' sh "$@"; :`, "sh", process.execPath, "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = started.stdout.getReader();
  const heard = async () => new TextDecoder().decode((await said.read()).value).trim();
  expect(await heard()).toMatch(/^\d+$/);
  started.kill("SIGKILL");
  return await heard();
}

// Elsewhere nobody watches.
test.if(process.platform === "linux")("npm's end is a signal, and a shell's is not", async () => {
  expect(await Promise.all([orphaned("npm exec bun st"), orphaned("a shell")])).toEqual(["told to end", "went on"]);
});
