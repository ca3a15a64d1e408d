/** Lightning Whisper MLX's clients against the real server with real speech: its form, and its own way on the socket. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../data.ts";
import { LiveClient, type Told } from "./live-client.ts";
import { form, plainWords, samplesOf, startTestServer, type TestServer, until } from "./support.ts";

// Streams are paced, and this machine may be busy.
setDefaultTimeout(60_000);

const speech = clip("containers_jfk/jfk.wav");
const pcm = samplesOf(speech.file);
const reference = plainWords(speech.transcript ?? "");
const START = { type: "start", config: { sample_rate: 16_000, language: "en" } };
const times = (faster: number) => ({ rate: faster * 32_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = () => new LiveClient(`${server.url}/v1/listen`).open();

interface LightningResults extends Told {
  channel_index: number;
  is_final: boolean;
  channel: { alternatives: [{ transcript: string }] };
}
const results = (client: LiveClient) => client.told.filter((one): one is LightningResults => one.type === "Results");
const textOf = ({ channel }: LightningResults) => plainWords(channel.alternatives[0].transcript);

describe("the form", () => {
  const post = async (body: FormData, query = "") => {
    const answer = await fetch(`${server.url}/v1/listen${query}`, { method: "POST", body });
    return { status: answer.status, body: (await answer.json()) as { results: unknown } };
  };

  test("is answered as its server did, with Deepgram's fields around", async () => {
    const { status, body } = await post(form({ file: new Blob([readFileSync(speech.file)]), language: "en" }));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      request_id: expect.any(String),
      model: "base.en-q8_0",
      metadata: { model: "base.en-q8_0", quantization: "8bit", sample_rate: 16_000, language: "en" },
      results: { channels: [{ channel_index: 0, duration: expect.any(Number) }] },
    });
    const { channels } = body.results as { channels: { alternatives: { transcript: string }[] }[] };
    expect(plainWords(channels[0]?.alternatives[0]?.transcript ?? "")).toBe(reference);
  });

  test("takes any name of the part, any format, and samples by their file's name", async () => {
    const parts = [
      form({ audio: new Blob([readFileSync(clip("containers_jfk/jfk.mp3").file)]) }, "a.mp3"),
      form({ file: new Blob([pcm]) }, "a.pcm"),
    ];
    for (const part of parts) {
      const { body } = await post(part, "?language=en");
      expect(JSON.stringify(body)).toContain("what you can do for your country");
    }
  });

  test("is refused without a file, in a language that the model lacks, and with a callback", async () => {
    const file = new Blob([pcm]);
    expect((await post(form({ language: "en" }))).status).toBe(400);
    expect((await post(form({ file, language: "de" }, "a.pcm"))).status).toBe(400);
    expect((await post(form({ file }, "a.pcm"), "?language=klingon")).status).toBe(400);
    expect((await post(form({ file }, "a.pcm"), "?callback=https://example.com/")).status).toBe(400);
    expect((await post(form({ file: new Blob(["nothing"]) }))).status).toBe(400);
  });
});

test("a body of samples says so by its type", async () => {
  const half = Buffer.alloc(pcm.length / 2);
  for (let i = 0; i < half.length; i += 2) pcm.copy(half, i, i * 2, i * 2 + 2);
  for (const [type, body] of [
    ["audio/raw", pcm],
    ["audio/x-pcm; rate=8000", half],
  ] as const) {
    const answer = await fetch(`${server.url}/v1/listen`, { method: "POST", headers: { "content-type": type }, body });
    expect(await answer.text()).toContain("what you can do for your country");
  }
  const headers = { "content-type": "audio/wav" };
  expect((await fetch(`${server.url}/v1/listen`, { method: "POST", headers, body: half })).status).toBe(400);
});

describe("the socket without a query", () => {
  test("greets, lets results grow, and ends with one that is final", async () => {
    const client = await open();
    await client.hear(({ type }) => type === "metadata");
    expect(client.told[0]).toMatchObject({ model: "base.en-q8_0", quantization: "8bit", sample_rate: 16_000 });
    client.tell(START);
    client.tell({ type: "ping" });
    await client.speak(pcm, times(2));
    client.tell({ type: "stop" });
    expect(await client.closed).toEqual({ code: 1000, reason: "" });
    const all = results(client);
    expect(client.told).toHaveLength(all.length + 1);
    expect(all.length).toBeGreaterThan(1);
    expect(all.map((one) => one.is_final)).toEqual([...all.slice(1).map(() => false), true]);
    expect(all.every((one) => one.channel_index === 0)).toBe(true);
    const lengths = all.map((one) => textOf(one).length);
    expect(lengths.at(-1)).toBe(Math.max(...lengths));
    expect(textOf(all.at(-1) as LightningResults)).toBe(reference);
  });

  test.each(["stop", "end", "Finalize", "CloseStream"])("%s ends it, with nothing said too", async (type) => {
    const client = await open();
    client.tell({ type });
    client.tell({ type });
    expect((await client.closed).code).toBe(1000);
    expect(client.told.map((one) => one.type)).toEqual(["metadata", "Results"]);
    expect(client.told[1]).toMatchObject({ is_final: true, speech_final: true, start: 0, duration: 0 });
  });

  test("takes another rate in mid-stream, a recording with a head, and audio in JSON", async () => {
    const half = Buffer.alloc(pcm.length / 2);
    for (let i = 0; i < half.length; i += 2) pcm.copy(half, i, i * 2, i * 2 + 2);
    const slower = await open();
    slower.tell({ type: "start", config: { sample_rate: 8000 } });
    await slower.speak(half);
    const contained = await open();
    await contained.speak(new Uint8Array(readFileSync(speech.file)));
    const worded = await open();
    for (let at = 0; at < pcm.length; at += 96_000)
      worded.tell({ type: "audio", value: { data: pcm.subarray(at, at + 96_000).toString("base64") } });
    for (const client of [slower, contained, worded]) {
      client.tell({ type: "stop" });
      expect((await client.closed).code).toBe(1000);
      expect(textOf(results(client).at(-1) as LightningResults)).toContain("what you can do for your country");
    }
  });

  test.each<[string, string]>([
    ["hello", "Invalid JSON control message"],
    ['{"type":"Dance"}', "Unsupported control message type: dance"],
    ['{"type":"start","config":{"language":"klingon"}}', "Unsupported language: klingon"],
    ['{"type":"start","config":{"sample_rate":1}}', "sample_rate must be a whole number from 8000 to 192000"],
  ])("does not understand %s, and says so", async (message, error) => {
    const client = await open();
    client.tell(message);
    expect(await client.closed).toEqual({ code: 4400, reason: error });
    expect(client.told.slice(1)).toEqual([{ type: "error", error, code: 400 }]);
  });
});

describe("the socket with a query", () => {
  const listen = (query: string) => new LiveClient(`${server.url}/v1/listen?${query}`).open();

  test.each(["start", "START"])(
    "becomes that server's where %s is the first message, with what the query says",
    async (type) => {
      const client = await listen("language=en&sample_rate=8000&encoding=linear16&endpointing=1500");
      client.tell({ type });
      const half = Buffer.alloc(pcm.length / 2);
      for (let i = 0; i < half.length; i += 2) pcm.copy(half, i, i * 2, i * 2 + 2);
      await client.speak(half);
      client.tell({ type: "stop" });
      expect((await client.closed).code).toBe(1000);
      expect(client.told[0]).toMatchObject({ type: "metadata", sample_rate: 8000 });
      const all = results(client);
      expect(all.every((one) => one.channel_index === 0)).toBe(true);
      expect(all.at(-1)?.is_final).toBe(true);
      expect(textOf(all.at(-1) as LightningResults)).toContain("what you can do for your country");
    },
  );

  test("complains as that server does of a start that is wrong, and leaves Deepgram's clients alone", async () => {
    const wrong = await listen("language=en");
    wrong.tell({ config: { language: "klingon" }, type: "start" });
    expect(await wrong.closed).toEqual({ code: 4400, reason: "Unsupported language: klingon" });
    const other = await listen("language=en");
    other.tell({ type: "KeepAlive" });
    other.tell({ type: "CloseStream" });
    expect((await other.closed).code).toBe(1000);
    expect(other.told.map((one) => one.type)).toEqual(["Metadata"]);
    await until(async () => ((await server.metric("stt_sessions_active")) === 0 ? true : undefined));
  });
});
