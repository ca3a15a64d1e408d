/** The examples of docs/clients/realtime-mlx.md, as they are printed there but for the port: what the original's documentation shows works here. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { clip } from "../data.ts";
import { plainWords, samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

const root = resolve(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "verbatim-page-"));
const samples = samplesOf(clip("containers_jfk/jfk.wav").file).subarray(0, 32_000 * 5);
const spoken = "and so my fellow americans";

let server: TestServer;
let page = "";
beforeAll(async () => {
  const recording = join(folder, "talk.wav");
  await Bun.write(recording, wav(Buffer.alloc(32_000), samples, Buffer.alloc(32_000 * 5)));
  server = await startTestServer({ VERBATIM_CAPTURE_SOURCE: recording });
  page = await Bun.file(join(root, "docs/clients/realtime-mlx.md")).text();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The block of this language that has these words in it. */
function example(language: string, words: string): string {
  const blocks = [...page.matchAll(/```(\w+)\n(.*?)```/gs)].filter(([, name]) => name === language);
  const found = blocks.map(([, , code = ""]) => code).find((code) => code.includes(words));
  if (found === undefined) throw new Error(`There is no example with ${words}`);
  return found.replaceAll("localhost:8000", new URL(server.url).host);
}

/** The text in an answer. */
function textIn(answer: Record<string, unknown> | undefined): string {
  return plainWords(String((answer?.data as { text?: string } | undefined)?.text));
}

/** Runs the lines of a shell; the answers that they print. */
async function shell(code: string): Promise<Record<string, unknown>[]> {
  const child = Bun.spawn(["sh", "-ec", code.replaceAll("curl ", "curl -sS -w '\\n' ")], {
    cwd: root,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(err).toBe("");
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("curl: the microphone", async () => {
  const [started, status, stopped] = await shell(example("sh", `-d '{"profile": "vad-triggered"}'`));
  expect(started).toMatchObject({ status: "success", data: { started: true } });
  expect(status).toMatchObject({ status: "online", running: true });
  expect(stopped).toMatchObject({ data: { stopped: true } });
  const [norwegian] = await shell(example("sh", `"language": "no"`));
  expect(norwegian).toMatchObject({ data: { started: true, warnings: [expect.stringContaining("English only")] } });
});

test("curl: profiles, audio, a session, a key", async () => {
  expect(await shell(example("sh", "noisy-env"))).toMatchObject([{ data: { saved: true } }]);
  const [whole] = await shell(example("sh", "jfk.mp3"));
  expect(textIn(whole)).toStartWith(spoken);
  const [begun, pushed, ended] = await shell(example("sh", "sessions/mine"));
  expect([begun, pushed]).toMatchObject([{ data: { session_id: "mine" } }, { data: { received: true } }]);
  expect(textIn(ended)).toStartWith(spoken);
  expect(await shell(example("sh", "your-secret-token"))).toMatchObject([{ status: "online" }]);
});

test("JavaScript: events", async () => {
  const file = join(folder, "client.js");
  await Bun.write(file, example("js", "onmessage"));
  const child = Bun.spawn([process.execPath, file], { stdout: "pipe", stderr: "inherit" });
  let said = "";
  const decoder = new TextDecoder();
  void (async () => {
    for await (const bytes of child.stdout) said += decoder.decode(bytes);
  })();
  try {
    await until(async () => {
      const status = await (await fetch(`${server.url}/api/v1/system/status`)).json();
      return (status as { active_connections: number }).active_connections === 1 ? true : undefined;
    });
    await shell(example("sh", `-d '{"profile": "vad-triggered"}'`).split("\ncurl")[0] ?? "");
    await until(() => (/^Final: .*Americans/im.test(said) ? true : undefined));
  } finally {
    child.kill();
  }
});
