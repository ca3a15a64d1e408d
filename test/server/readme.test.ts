/** The README's commands, run as they are printed: only the port and the folder for outputs differ. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const printed = "127.0.0.1:8080";
const outputs = mkdtempSync(join(tmpdir(), "verbatim-readme-"));

const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map((match) => match[1] as string);
const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));

let server: Bun.Subprocess<"ignore", "pipe", "inherit">;
let address: string;

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => listener.once("listening", resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function run(command: string): Promise<string> {
  const here = command
    .replaceAll(printed, address)
    .replace("--output-dir subtitles", `--output-dir ${outputs}`)
    .replace(/^bun /, `${process.execPath} `);
  const child = Bun.spawn(["bash", "-c", here], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${here} ended with ${code}: ${err}${out}`);
  return out;
}

beforeAll(async () => {
  address = `127.0.0.1:${await freePort()}`;
  const start = commands.find((command) => command.startsWith("npx bun start"));
  expect(start).toBe("npx bun start");
  server = Bun.spawn([process.execPath, "scripts/start.ts", "--port", address.split(":")[1] as string], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = new TextDecoder();
  let text = "";
  for await (const chunk of server.stdout) {
    text += said.decode(chunk, { stream: true });
    if (text.includes("curl ")) break;
  }
  // The line that the server prints is the README's first one, at the port it has.
  expect(text).toContain(commands.find((command) => command.startsWith("curl "))?.replace(printed, address) as string);
}, 120_000);

afterAll(async () => {
  server.kill("SIGTERM");
  await server.exited;
  rmSync(outputs, { recursive: true, force: true });
});

const spoken = /ask not what your country can do for you/;

test("the curl lines", async () => {
  const [json, srt, verbose, deepgram] = await Promise.all(
    commands
      .filter((command) => command.startsWith("curl "))
      .map((command) => run(command.replace("curl", "curl -sS"))),
  );
  // A comma more or less is a matter of the CPU's kernels.
  const plain = (text = "") => JSON.parse(text.replaceAll(/(?<=[a-z]),(?= [a-z])/g, ""));
  expect(plain(json)).toEqual(plain(blocks("json")[0]));
  expect(srt).toStartWith("1\n00:00:0");
  expect(srt).toMatch(spoken);
  expect(JSON.parse(verbose as string).words.length).toBeGreaterThan(15);
  expect(deepgram).toMatch(spoken);
});

test("the JavaScript examples", async () => {
  for (const code of blocks("js")) {
    const child = Bun.spawn([process.execPath, "-e", code.replace(printed, address)], { cwd: root, stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toMatch(spoken);
  }
});

test("the command line", async () => {
  const lines = commands.filter((command) => command.startsWith("bun src/main.ts"));
  expect(lines.length).toBeGreaterThan(3);
  const said = await Promise.all(lines.map(run));
  expect(said[0]).toMatch(spoken);
  expect(readdirSync(outputs).filter((name) => name.endsWith(".srt")).length).toBeGreaterThan(3);
});

test("whatever else it prints is run where changes are checked", () => {
  const others = commands.filter((command) => !/^(curl |npx bun start$|bun src\/main\.ts)/.test(command));
  const checked = readFileSync(join(root, ".ci/run"), "utf8");
  for (const command of others) expect(checked).toContain(command);
});

test("the paths it names exist", () => {
  for (const [, path] of readme.matchAll(/\]\((?!http)([^)#]+)/g))
    expect(readdirSync(resolve(root, path as string, ".."))).not.toBeEmpty();
});
