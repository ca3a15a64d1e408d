/** Handy's socket against the real server with real speech, and the path that it shares with Parakeet's. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { clip } from "../data.ts";
import { LiveClient } from "./live-client.ts";
import { plainWords, samplesOf, startTestServer, type TestServer, until } from "./support.ts";

// Streams are paced, and this machine may be busy.
setDefaultTimeout(60_000);

const speech = clip("containers_jfk/jfk.wav");
const pcm = samplesOf(speech.file);
const reference = plainWords(speech.transcript ?? "");
const CONFIG = { language: null, task: "transcribe", beam_size: 1 };
const STOP = { type: "stop" };
const times = (faster: number) => ({ rate: faster * 32_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (path = "/ws", url = server.url) => new LiveClient(`${url}${path}`).open();

/** What a strict client of Handy's can read: these types, with a text. */
function expectReadable(client: LiveClient): void {
  for (const { type, text } of client.told) {
    expect(["partial", "final"]).toContain(type);
    expect(text).toBeString();
  }
}

const finals = (client: LiveClient) =>
  client.told.filter(({ type }) => type === "final").map(({ text }) => text as string);
const partials = (client: LiveClient) =>
  client.told.filter(({ type }) => type === "partial").map(({ text }) => text as string);

describe("a session", () => {
  test("tells partials, and one final after stop", async () => {
    const client = await open();
    client.tell(CONFIG);
    await client.speak(pcm, { piece: 2730, ...times(2) });
    client.tell(STOP);
    expect(await client.closed).toEqual({ code: 1000, reason: "" });
    expectReadable(client);
    expect(partials(client).length).toBeGreaterThan(1);
    expect(finals(client)).toHaveLength(1);
    expect(plainWords(finals(client)[0] as string)).toBe(reference);
    expect(client.told.at(-1)?.type).toBe("final");
  });

  test("without a config, known by its path, has partials too; odd bytes go together", async () => {
    const client = await open("/handy/ws");
    await client.speak(pcm, { piece: 2731, ...times(3) });
    client.tell(STOP);
    client.tell(STOP);
    await client.closed;
    expectReadable(client);
    expect(partials(client).length).toBeGreaterThan(0);
    expect(plainWords(finals(client).join("|"))).toBe(reference);
  });

  test("partials hold the words of the last seconds only", async () => {
    await using short = await startTestServer({ VERBATIM_HANDY_WINDOW: "2" });
    const client = await open("/handy/ws", short.url);
    await client.speak(pcm, times(2));
    client.tell(STOP);
    await client.closed;
    const last = partials(client).at(-1) ?? "";
    expect(last).toContain("country");
    expect(plainWords(last)).not.toContain("my fellow americans");
    expect(plainWords(finals(client)[0] as string)).toBe(reference);
  });

  test("partials keep their pace while audio comes, also where nothing is new, until what was said is too old", async () => {
    const client = await open("/handy/ws");
    await client.speak(pcm.subarray(0, 32_000 * 2), times(4));
    await client.speak(new Uint8Array(32_000 * 12), times(2));
    const texts = partials(client);
    expect(texts.some((text, i) => text === texts[i - 1])).toBe(true);
    await client.speak(new Uint8Array(32_000 * 2), times(2));
    expect(partials(client)).toEqual(texts);
    client.leave(1000);
  });

  test("that says nothing ends with an empty final: stop may be the first message", async () => {
    const client = await open();
    client.tell(STOP);
    expect((await client.closed).code).toBe(1000);
    expect(client.told).toEqual([{ type: "final", text: "" }]);
  });

  test("whatever it is configured to, transcribes: before, between and after the audio", async () => {
    const client = await open();
    client.tell({ language: "klingon", task: "sing", beam_size: "many", extra: [1] });
    client.tell("no JSON");
    client.tell("[1]");
    await client.speak(pcm.subarray(0, 160_000), times(8));
    client.tell({ language: "de", task: 5 });
    client.tell({ language: "en" });
    await client.speak(pcm.subarray(160_000), times(8));
    client.tell(STOP);
    expect((await client.closed).code).toBe(1000);
    expectReadable(client);
    expect(finals(client)).toHaveLength(1);
    expect(plainWords(finals(client)[0] as string)).toContain("what your country can do for you");
  });

  test("ends by a code where something is wrong, without a message that cannot be read", async () => {
    const long = await open("/handy/ws");
    long.tell(`{"language":"${"x".repeat(70_000)}"}`);
    expect((await long.closed).code).toBe(1009);
    const broken = await open("/handy/ws");
    broken.send(Buffer.concat([Buffer.from("\x1aE\xdf\xa3", "latin1"), Buffer.alloc(5000, 7)]));
    expect((await broken.closed).code).toBe(1003);
    for (const one of [long, broken]) expect(one.told).toEqual([]);
  });

  test("whose client never reads is no burden to others, and ends like any", async () => {
    const { hostname, port } = new URL(server.url);
    const deaf = connect({ host: hostname, port: Number(port) });
    deaf.on("error", () => {});
    const isOpen = new Promise<void>((open) => deaf.once("data", () => open()));
    const head =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    deaf.write(`GET /handy/ws HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
    const frame = (opcode: number, payload: Uint8Array) => {
      const size = Buffer.alloc(8);
      size.writeBigUInt64BE(BigInt(payload.length));
      return Buffer.concat([Buffer.from([0x80 | opcode, 0xff]), size, Buffer.alloc(4), payload]);
    };
    await isOpen;
    deaf.pause();
    deaf.write(frame(2, pcm));
    const active = (count: number) =>
      until(async () => ((await server.metric("stt_sessions_active")) === count ? true : undefined));
    await active(1);
    const other = await open("/handy/ws");
    await other.speak(pcm.subarray(0, 64_000));
    other.tell(STOP);
    await other.closed;
    deaf.write(frame(1, Buffer.from(JSON.stringify(STOP))));
    await active(0);
    deaf.destroy();
  });

  test("whose client leaves without waiting harms nobody", async () => {
    const leaver = await open();
    leaver.tell(CONFIG);
    await leaver.speak(pcm.subarray(0, 64_000));
    leaver.tell(STOP);
    leaver.leave();
    await leaver.closed;
    const next = await open();
    next.tell(STOP);
    expect((await next.closed).code).toBe(1000);
  });
});

describe("recordings over the socket", () => {
  test.each(["jfk.webm", "jfk.m4a", "jfk.ogg", "jfk.wav"])(
    "%s has one final, and the socket waits for the next",
    async (name) => {
      const client = await open();
      const file = new Uint8Array(readFileSync(clip(`containers_jfk/${name}`).file));
      client.send(file);
      await client.hear(({ type }) => type === "final");
      expect(client.isClosed).toBe(false);
      client.send(file);
      client.tell(STOP);
      expect((await client.closed).code).toBe(1000);
      expectReadable(client);
      // Some encoders make `asked` of it.
      for (const text of finals(client)) expect(plainWords(text)).toMatch(/not what your country can do for you ask/);
      expect(finals(client)).toHaveLength(2);
    },
  );

  test("a WAV file in pieces is a stream", async () => {
    const client = await open("/handy/ws");
    await client.speak(new Uint8Array(readFileSync(speech.file)), { piece: 8000 });
    client.tell(STOP);
    await client.closed;
    expect(finals(client).map(plainWords)).toEqual([reference]);
  });

  test("samples after a recording are refused", async () => {
    const client = await open("/handy/ws");
    client.send(new Uint8Array(readFileSync(clip("containers_jfk/jfk.webm").file)));
    client.send(new Uint8Array(3200));
    expect((await client.closed).code).toBe(1003);
  });
});

describe("whose client it is", () => {
  test("a text message after samples makes it Handy's, with all that was said before", async () => {
    const client = await open();
    await client.speak(pcm, times(8));
    client.tell(STOP);
    expect((await client.closed).code).toBe(1000);
    expect(plainWords(finals(client).at(-1) as string)).toBe(reference);
  });

  test("an address that was given to Handy speaks it from the first byte", async () => {
    const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const { port } = probe;
    await probe.stop(true);
    await using named = await startTestServer({ VERBATIM_LISTEN: `127.0.0.1:${port}=handy` });
    const client = await open("/ws", named.urls().at(-1));
    await client.speak(pcm, times(3));
    client.tell(STOP);
    await client.closed;
    expectReadable(client);
    expect(partials(client).length).toBeGreaterThan(0);
  });
});
