import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test("the runtime does not report on its user: it makes no database for that in the home folder", async () => {
  const home = mkdtempSync(join(tmpdir(), "verbatim-telemetry-"));
  const script = `
    const { startDetector } = await import(${JSON.stringify(join(import.meta.dir, "../vad/detector.ts"))});
    const detector = await startDetector();
    const { length } = await detector.open().push(new Float32Array(16000));
    console.log(length);
    await detector.close();
  `;
  try {
    const child = Bun.spawn([process.execPath, "--eval", script], {
      // Without CI, which switches the reports off too.
      env: { PATH: process.env.PATH ?? "", HOME: home },
      stdio: ["ignore", "pipe", "inherit"],
    });
    expect([await child.exited, await child.stdout.text()]).toEqual([0, "31\n"]);
    const files = readdirSync(home, { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => /microsoft|onnxruntime/i.test(name))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
