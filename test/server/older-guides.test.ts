/** The commands and examples of the guides for the older servers' clients, run as they are printed; only the port is another. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { clip } from "../data.ts";
import { samplesOf, startTestServer, type TestServer, until } from "./support.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

const root = resolve(import.meta.dir, "../..");
const guide = (name: string) => readFileSync(resolve(root, `docs/clients/${name}.md`), "utf8");
const blocks = (name: string, language: string) =>
  [...guide(name).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map((match) => match[1] as string);
const guides = ["parakeet", "handy", "lightning-whisper-mlx", "tiflis", "realtime-mlx"];
const spoken = /what you can do for your country/;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const here = (text: string) => text.replace(/(?:localhost|127\.0\.0\.1):\d+/g, new URL(server.url).host);

async function outputOf(...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd: root, stdout: "pipe" });
  return await new Response(child.stdout).text();
}

/** What each curl line of a guide prints. */
function printed(name: string): Promise<string[]> {
  const lines = blocks(name, "sh")
    .join("\n")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.startsWith("curl "));
  return Promise.all(lines.map((line) => outputOf("bash", "-c", here(line).replace("curl", "curl -sS"))));
}

test("Parakeet's curl lines", async () => {
  const [health, transcript = ""] = await printed("parakeet");
  expect(health).toBe('{"status":"ok"}');
  expect(JSON.parse(transcript).timestamps.words.length).toBeGreaterThan(15);
});

test("Parakeet's page, with a microphone that has a recording to say", async () => {
  const [code = ""] = blocks("parakeet", "js");
  const said: string[] = [];
  const samples = new Int16Array(new Uint8Array(samplesOf(clip("containers_jfk/jfk.wav").file)).buffer);
  const floats = Float32Array.from(samples, (sample) => sample / 32_768);
  const processor: { onaudioprocess?: (event: object) => void } = {};
  class Microphone {
    createScriptProcessor() {
      return processor;
    }
  }
  const toInt16 = (pcm: Float32Array) => Int16Array.from(pcm, (sample) => sample * 32_768);
  const log = { log: (_: string, text?: string) => said.push(text ?? "") };
  const page = new Function("AudioContext", "convertFloat32ToInt16", "console", `${here(code)}\nreturn ws;`);
  const socket = page(Microphone, toInt16, log) as WebSocket;
  await until(() => socket.readyState === WebSocket.OPEN || undefined);
  const silence = new Float32Array(32_000);
  for (const sound of [floats, silence])
    for (let at = 0; at < sound.length; at += 1024)
      processor.onaudioprocess?.({ inputBuffer: { getChannelData: () => sound.subarray(at, at + 1024) } });
  await until(() => said.some((text) => /for your country/.test(text)) || undefined);
  socket.close();
});

test.each(["handy", "lightning-whisper-mlx"])("the program of the guide for %s", async (name) => {
  const [code = ""] = blocks(name, "js");
  expect(await outputOf(process.execPath, "-e", here(code))).toMatch(spoken);
});

test("Handy's messages, as its page prints them", async () => {
  const [config = "", stop = "", partial = "", final = ""] = blocks("handy", "json");
  const socket = new WebSocket(here("ws://127.0.0.1:8717/ws"));
  const told: { type: string; text: string }[] = [];
  socket.onmessage = ({ data }) => told.push(JSON.parse(data as string));
  socket.onopen = () => {
    socket.send(config);
    socket.send(new Uint8Array(samplesOf(clip("containers_jfk/jfk.wav").file)));
    socket.send(stop);
  };
  const closed = new Promise<number>((done) => {
    socket.onclose = ({ code }) => done(code);
  });
  expect(await closed).toBe(1000);
  const shapes = new Set([partial, final].map((one) => Object.keys(JSON.parse(one)).join()));
  for (const one of told) expect(shapes).toContain(Object.keys(one).join());
  expect(told.at(-1)?.text).toMatch(spoken);
});

test("the curl lines of Lightning Whisper MLX", async () => {
  const said = await printed("lightning-whisper-mlx");
  expect(said).toHaveLength(2);
  for (const one of said) {
    const { request_id, metadata, results } = JSON.parse(one);
    expect([request_id, metadata.language]).toEqual([metadata.request_id, "en"]);
    expect(results.channels[0].alternatives[0].transcript).toMatch(spoken);
  }
});

test("the curl lines of Tiflis Code STT", async () => {
  const [health = "", models = "", ...transcripts] = await printed("tiflis");
  expect(JSON.parse(health)).toMatchObject({ status: "ok", backend: "whisper.cpp" });
  expect(JSON.parse(models).data[0]).toHaveProperty("created");
  expect(transcripts).toHaveLength(3);
  for (const one of transcripts) expect(JSON.parse(one).text).toMatch(spoken);
});

test("the settings that the guides name exist, and know the variables beside them", () => {
  const settings = readFileSync(resolve(root, "docs/settings.md"), "utf8");
  let checked = 0;
  for (const name of guides)
    for (const [, variables = "", ours = ""] of guide(name).matchAll(/^\| (`[A-Z_]+`.*?) \| (.*) \|$/gm)) {
      const [setting] = ours.match(/(?<=^`)[a-z.-]+(?=`)/) ?? [];
      if (setting === undefined) continue;
      const row = settings.split("\n").find((line) => line.startsWith(`| \`${setting}\` |`));
      expect(row).toBeString();
      checked++;
      // Handy's are constants of its program.
      if (name === "handy") continue;
      for (const [variable] of variables.matchAll(/[A-Z][A-Z_]+/g)) expect(row).toContain(`\`${variable}\``);
    }
  expect(checked).toBeGreaterThan(20);
});
