/** The commands and the example of the guide for clients of OpenAI, run as they are printed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { startTestServer, type TestServer } from "./support.ts";

const root = resolve(import.meta.dir, "../..");
const guide = readFileSync(resolve(root, "docs/clients/openai.md"), "utf8");
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map((match) => match[1] as string);
const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
const spoken = /ask not what your country/;

let plain: TestServer;
let secure: TestServer;
beforeAll(async () => {
  [plain, secure] = await Promise.all([startTestServer(), startTestServer({ VERBATIM_TLS: "self-signed" })]);
});
afterAll(async () => {
  await Promise.all([plain[Symbol.asyncDispose](), secure[Symbol.asyncDispose]()]);
});

async function outputOf(command: string[], environment: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn(command, { cwd: root, env: { ...process.env, ...environment }, stdout: "pipe" });
  return await new Response(child.stdout).text();
}

test("the curl lines", async () => {
  const lines = commands.filter((command) => command.startsWith("curl "));
  expect(lines).toHaveLength(6);
  const here = (line: string) => line.replace("curl", "curl -sS").replace("http://127.0.0.1:8080", plain.url);
  const said = await Promise.all(lines.map((line) => outputOf(["bash", "-c", here(line)])));
  const [verbose = "", stream = "", logprobs = "", models = "", pulled = "", secret = ""] = said;
  expect(JSON.parse(verbose).words.length).toBeGreaterThan(15);
  expect(stream).toMatch(spoken);
  expect(stream).toEndWith("data: [DONE]\r\n\r\n");
  expect(JSON.parse(logprobs).logprobs.length).toBeGreaterThan(15);
  expect(JSON.parse(models).data.length).toBeGreaterThan(3);
  expect(JSON.parse(pulled.trimEnd().split("\n").at(-1) as string).status).toBe("success");
  expect(JSON.parse(secret).value).toStartWith("ek_");
});

test("the certificate is where the guide says, and the JavaScript example speaks over it", async () => {
  expect(commands).toContain("bun src/main.ts serve --tls self-signed");
  const certificate = secure.certificate();
  expect(certificate).toEndWith("/tls/self-signed.crt");
  const [code = ""] = blocks("js");
  const example = code.replace("https://localhost:8080", secure.url.replace("127.0.0.1", "localhost"));
  const said = await outputOf([process.execPath, "-e", example], { NODE_EXTRA_CA_CERTS: certificate });
  expect(said).toMatch(spoken);
});

test("the settings and the paths that it names exist", () => {
  const settings = readFileSync(resolve(root, "docs/settings.md"), "utf8");
  for (const [, name] of guide.matchAll(/settings? `([a-z-]+)`/g)) expect(settings).toContain(`| \`${name}\` |`);
});
