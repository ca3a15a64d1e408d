/** The Python example of docs/clients/realtime-mlx.md with the packages that it names, as it is printed but for the port. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { clip } from "../data.ts";
import { startTestServer, until } from "../server/support.ts";
import { pythonWith } from "./python.ts";

/** The example's thread is a daemon: it ends with the program, which has nothing else to do. */
const PATIENCE = "\nimport time\ntime.sleep(60)\n";

test("requests and websocket-client", async () => {
  const python = await pythonWith("websocket-client", "1.8.0", "requests==2.32.5");
  const page = await Bun.file(resolve(import.meta.dir, "../../docs/clients/realtime-mlx.md")).text();
  const code = /```python\n(.*?)```/s.exec(page)?.[1] ?? "";
  await using server = await startTestServer({ VERBATIM_CAPTURE_SOURCE: clip("containers_jfk/jfk.wav").file });
  const folder = mkdtempSync(join(tmpdir(), "verbatim-python-"));
  const file = join(folder, "client.py");
  await Bun.write(file, code.replaceAll("localhost:8000", new URL(server.url).host) + PATIENCE);
  const child = Bun.spawn([python, "-u", file], { stdout: "pipe", stderr: "inherit" });
  try {
    let said = "";
    const decoder = new TextDecoder();
    void (async () => {
      for await (const bytes of child.stdout) said += decoder.decode(bytes);
    })();
    await until(() => (said.includes("Event: transcription") && /fellow americans/i.test(said) ? true : undefined));
    expect(said).toStartWith("Event: system_status, Data: {");
    expect(said).toContain("'running': True");
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
