/** The commands and the example of the guide for clients of Deepgram, run as they are printed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { startTestServer, type TestServer } from "./support.ts";

const root = resolve(import.meta.dir, "../..");
const guide = readFileSync(resolve(root, "docs/clients/deepgram.md"), "utf8");
const block = (language: string) => new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(guide)?.[1] ?? "";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const here = (text: string) => text.replaceAll("http://127.0.0.1:8080", server.url);

async function outputOf(...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd: root, stdout: "pipe" });
  return await new Response(child.stdout).text();
}

test("the curl lines", async () => {
  const lines = block("sh").trim().split("\n");
  expect(lines).toHaveLength(3);
  const [formatted = "", raw = "", grant = ""] = await Promise.all(
    lines.map((line) => outputOf("bash", "-c", here(line).replace("curl", "curl -sS"))),
  );
  expect(JSON.parse(formatted).results.utterances.length).toBeGreaterThan(0);
  expect(JSON.parse(raw).results.channels[0].alternatives[0].transcript).toContain("ask not what your country");
  expect(JSON.parse(grant).expires_in).toBe(60);
});

test("the JavaScript example", async () => {
  expect(await outputOf(process.execPath, "-e", here(block("js")))).toMatch(/ask not what your country/);
});
