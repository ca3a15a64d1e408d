/** Deepgram's own JavaScript libraries of three generations speak to the real server: only the base URL is changed. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DeepgramClient } from "@deepgram/sdk";
import { createClient as createClient3 } from "deepgram-sdk-3";
import { createClient as createClient4 } from "deepgram-sdk-4";
import { clip } from "../data.ts";
import type { Results, Told, TurnInfo } from "./live-client.ts";
import { plainWords, samplesOf, startTestServer, type TestServer } from "./support.ts";

setDefaultTimeout(60_000);

const speech = clip("containers_jfk/jfk.wav");
const pcm = samplesOf(speech.file);
const reference = plainWords(speech.transcript ?? "");
const apiKey = "right-key-of-the-test";
const asked = { model: "nova-3", encoding: "linear16", sample_rate: 16_000, endpointing: 1500 } as const;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    VERBATIM_API_KEYS: apiKey,
    VERBATIM_BASE_PATH: "/stt",
    VERBATIM_DEEPGRAM_IDLE_TIMEOUT: "2s",
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A stream of any generation: what it heard, and what it can say. */
interface Stream {
  told: Told[];
  errors: { message: string; statusCode?: number }[];
  closed: Promise<{ code: number; reason?: string }>;
  send(bytes: Uint8Array): void;
  finalize(): void;
  keepAlive(): void;
  close(): void;
}

interface Wish {
  key?: string;
  url?: string;
  more?: Record<string, unknown>;
}

type Generation = (wish?: Wish) => Promise<Stream>;

/** Versions 3 and 4 have the same classes. */
const older =
  (create: typeof createClient4): Generation =>
  async ({ key = apiKey, url = server.url, more = {} } = {}) => {
    const live = create(key, { global: { url } }).listen.live({ ...asked, ...more });
    const told: Told[] = [];
    const errors: Stream["errors"] = [];
    for (const event of ["Results", "Metadata", "SpeechStarted", "UtteranceEnd", "Unhandled"])
      live.on(event, (message) => told.push(message));
    live.on("error", (error) => errors.push(error));
    const closed = new Promise<{ code: number; reason?: string }>((resolve) => live.on("close", resolve));
    await Promise.race([new Promise((resolve) => live.on("open", resolve)), closed]);
    return {
      told,
      errors,
      closed,
      send: (bytes) => live.send(new Uint8Array(bytes).buffer),
      finalize: () => live.finalize(),
      keepAlive: () => live.keepAlive(),
      close: () => live.requestClose(),
    };
  };

const newest: Generation = async ({ key = apiKey, url = server.url, more = {} } = {}) => {
  const client = new DeepgramClient({ apiKey: key, baseUrl: url });
  const live = await client.listen.v1.connect({ ...asked, ...more, reconnectAttempts: 0 });
  const told: Told[] = [];
  const errors: Stream["errors"] = [];
  live.on("message", (message) => told.push(message as unknown as Told));
  live.on("error", (error) => errors.push(error));
  const closed = new Promise<{ code: number; reason?: string }>((resolve) => live.on("close", resolve));
  live.connect();
  await live.waitForOpen().catch(() => {});
  return {
    told,
    errors,
    closed,
    send: (bytes) => live.sendMedia(bytes as never),
    finalize: () => live.sendFinalize({ type: "Finalize" }),
    keepAlive: () => live.sendKeepAlive({ type: "KeepAlive" }),
    close: () => live.sendCloseStream({ type: "CloseStream" }),
  };
};

function speak(stream: Stream, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 3200) stream.send(bytes.subarray(at, at + 3200));
}

const results = ({ told }: Stream) => told.filter((one): one is Results => one.type === "Results");
const text = (stream: Stream) =>
  plainWords(
    results(stream)
      .filter(({ is_final }) => is_final)
      .map(({ channel }) => channel.alternatives[0].transcript)
      .join(" "),
  );

describe.each([
  ["3", older(createClient3 as never)],
  ["4", older(createClient4)],
  ["5", newest],
] as const)("version %s", (version, open) => {
  test("hears what is said, what is finalized, and a good end", async () => {
    const stream = await open({ more: { interim_results: true, vad_events: true } });
    speak(stream, pcm.subarray(0, 2.6 * 32_000));
    stream.finalize();
    speak(stream, pcm.subarray(2.6 * 32_000));
    stream.close();
    expect((await stream.closed).code).toBe(1000);
    expect(text(stream)).toBe(reference);
    expect(results(stream).some(({ from_finalize }) => from_finalize)).toBe(true);
    expect(stream.told.map(({ type }) => type)).toContain("SpeechStarted");
    expect(stream.told.at(-1)?.type).toBe("Metadata");
    expect(stream.errors).toEqual([]);
  });

  test("is held by KeepAlive, and ended when nothing comes", async () => {
    const stream = await open();
    for (let i = 0; i < 3; i++) {
      await Bun.sleep(1000);
      stream.keepAlive();
    }
    expect(stream.told).toEqual([]);
    const { code, reason } = await stream.closed;
    expect(code).toBe(1011);
    if (reason !== undefined) expect(reason).toContain("net0001");
    expect(stream.told.map(({ type }) => type)).toEqual(["Metadata"]);
  });

  test("finds the server under a path", async () => {
    const stream = await open({ url: `${server.url}/stt/` });
    stream.close();
    expect((await stream.closed).code).toBe(1000);
    expect(stream.told.map(({ type }) => type)).toEqual(["Metadata"]);
  });

  test("is refused with a wrong key and with a wrong parameter", async () => {
    for (const wish of [{ key: "wrong" }, { more: { utterance_end_ms: 999 } }]) {
      const stream = await open(wish);
      await stream.closed;
      expect(stream.errors.length).toBeGreaterThan(0);
      expect(stream.told).toEqual([]);
    }
  });

  test("speaks as in a browser, with its key in a subprotocol", async () => {
    const program = fileURLToPath(import.meta.resolve("./deepgram-browser.ts"));
    const child = Bun.spawn([process.execPath, program, version, server.url, apiKey, speech.file], { stdout: "pipe" });
    const lines = (await new Response(child.stdout).text()).trim().split("\n");
    const told = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    expect(told.at(-1)).toEqual({ closed: 1000 });
    expect(told.at(-2)).toMatchObject({ type: "Metadata" });
    expect(told[0]).toMatchObject({ type: "Results", is_final: true });
  });
});

test("the guide's example works as it is printed", async () => {
  const guide = readFileSync(join(import.meta.dir, "../../docs/clients/deepgram.md"), "utf8");
  const example = /^```ts\n(.*?)^```/ms.exec(guide)?.[1] ?? "";
  const program = example.replace("http://127.0.0.1:8080", server.url).replace('"none"', JSON.stringify(apiKey));
  const child = Bun.spawn([process.execPath, "-e", program], { cwd: join(import.meta.dir, "../.."), stdout: "pipe" });
  expect(plainWords(await new Response(child.stdout).text())).toContain("ask what you can do for your country");
});

test("version 5 follows turns", async () => {
  const client = new DeepgramClient({ apiKey, baseUrl: server.url });
  const live = await client.listen.v2.connect({ model: "flux-general-en", encoding: "linear16", sample_rate: 16_000 });
  const told: Told[] = [];
  live.on("message", (message) => told.push(message as unknown as Told));
  const closed = new Promise<{ code: number }>((resolve) => live.on("close", resolve));
  live.connect();
  await live.waitForOpen();
  live.sendMedia(pcm);
  live.sendMedia(Buffer.alloc(2 * 32_000));
  live.sendCloseStream({ type: "CloseStream" });
  // No code is what ends a stream of turns.
  expect((await closed).code).toBe(1005);
  const turns = told.filter((one): one is TurnInfo => one.type === "TurnInfo");
  const ends = turns.filter(({ event }) => event === "EndOfTurn");
  expect(plainWords(ends.map(({ transcript }) => transcript).join(" "))).toBe(reference);
  expect(told[0]).toMatchObject({ type: "Connected", sequence_id: 0 });
});
