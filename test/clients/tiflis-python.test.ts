/** The Python example of the guide for Tiflis Code STT, as it is printed, with OpenAI's library. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { clip } from "../data.ts";
import { plainWords, startTestServer } from "../server/support.ts";
import { pythonWith } from "./python.ts";

// The first time packages are installed.
setDefaultTimeout(120_000);

const guide = readFileSync(resolve(import.meta.dir, "../../docs/clients/tiflis.md"), "utf8");

test("the Python example", async () => {
  const python = await pythonWith("openai[realtime]", "3.22.1");
  await using server = await startTestServer();
  const folder = mkdtempSync(join(tmpdir(), "verbatim-tiflis-"));
  try {
    copyFileSync(clip("containers_jfk/jfk.mp3").file, join(folder, "audio.mp3"));
    const [, code = ""] = /^```python\n(.*?)^```/ms.exec(guide) ?? [];
    const here = code.replace("localhost:8100", new URL(server.url).host);
    const child = Bun.spawn([python, "-c", here], { cwd: folder, stdout: "pipe" });
    expect(plainWords(await new Response(child.stdout).text())).toContain("what you can do for your country");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
