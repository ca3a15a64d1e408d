/** Streams of every dialect when something gives way beneath them: an engine that is killed, and a machine that cannot hold what it is sent. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { pcmOf, sentences } from "../../src/engine/testing.ts";
import { join16k, wordErrorRate } from "../../src/recognizer/testing.ts";
import { LiveClient } from "./live-client.ts";
import { dial, silence } from "./realtime-support.ts";
import { startTestServer, type TestServer, until } from "./support.ts";

setDefaultTimeout(120_000);

/** 16-bit samples at 16 kHz, each recording with a silence after it. */
const sayings = sentences.slice(1, 5).map((path) => {
  const pcm = join16k(pcmOf(path), 1.5);
  return Buffer.from(Int16Array.from(pcm, (sample) => Math.round(sample * 32_767)).buffer);
});
const STREAMS = 8;
const RAW = "encoding=linear16&sample_rate=16000&interim_results=true&endpointing=300";
const COMPLETED = "conversation.item.input_audio_transcription.completed";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const said = (stream: number) => Buffer.concat([0, 1].map((i) => sayings[(stream + i) % sayings.length] as Buffer));

/** Kills the engine three times, each time while it works. */
async function killEngine(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await until(async () => ((await server.metric("stt_queue_audio_seconds ")) > 0 ? true : undefined));
    await Bun.sleep(Math.random() * 300);
    const [engine] = server.engines();
    if (engine !== undefined) process.kill(engine, "SIGKILL");
  }
}

describe("an engine that is killed three times while eight streams speak", () => {
  /** What each of them was told to the end, by itself and then with all the others and a dying engine. */
  async function compared<Told>(speak: (stream: number) => Promise<Told>): Promise<[alone: Told, disturbed: Told][]> {
    const alone: Told[] = [];
    for (let i = 0; i < sayings.length; i++) alone.push(await speak(i));
    const restarts = await server.metric("stt_engine_restarts_total");
    const all = Promise.all(Array.from({ length: STREAMS }, (_, i) => speak(i)));
    await killEngine();
    const disturbed = await all;
    expect(await server.metric("stt_engine_restarts_total")).toBeGreaterThan(restarts);
    return disturbed.map((told, i) => [alone[i % sayings.length] as Told, told]);
  }

  test("costs no word on Deepgram's socket, and doubles none", async () => {
    const results = await compared(async (stream) => {
      const client = await new LiveClient(`${server.url}/v1/listen?${RAW}`).open();
      await client.speak(said(stream));
      client.tell({ type: "CloseStream" });
      expect((await client.closed).code).toBe(1000);
      expect(client.told.at(-1)?.type).toBe("Metadata");
      return client;
    });
    for (const [alone, disturbed] of results) {
      expect(alone.text().split(" ").length).toBeGreaterThan(12);
      expect(wordErrorRate(alone.text(), disturbed.text())).toBeLessThan(0.15);
      let end = 0;
      let lastWord = 0;
      for (const { start, duration, channel } of disturbed.finals) {
        expect(start).toBeCloseTo(end, 3);
        end = start + duration;
        for (const word of channel.alternatives[0].words) {
          expect(word.start).toBeGreaterThanOrEqual(lastWord - 0.001);
          lastWord = word.end;
        }
      }
    }
  });

  test("costs no word on OpenAI's, and each turn is completed once", async () => {
    const results = await compared(async (stream) => {
      const client = dial(`${server.url}/v1/realtime?intent=transcription`);
      const format = { type: "audio/pcm", rate: 16_000 };
      const input = { format, turn_detection: { type: "server_vad", silence_duration_ms: 500 } };
      const update = { type: "session.update", session: { type: "transcription", audio: { input } } };
      client.send(update);
      await client.append(said(stream));
      // What is said after a commit is answered when all before it has been heard.
      client.send({ type: "input_audio_buffer.commit" });
      client.send(update);
      for (let i = 0; i < 2; i++) await client.next("session.updated");
      const ids = (type: string) => client.said.filter((event) => event.type === type).map(({ item_id }) => item_id);
      await until(() => ids("input_audio_buffer.committed").length <= ids(COMPLETED).length || undefined);
      client.socket.close();
      return client;
    });
    const transcript = ({ said }: ReturnType<typeof dial>) =>
      said
        .filter(({ type }) => type === COMPLETED)
        .map((event) => event.transcript)
        .join(" ");
    for (const [alone, disturbed] of results) {
      expect(transcript(alone).split(" ").length).toBeGreaterThan(12);
      expect(wordErrorRate(transcript(alone), transcript(disturbed))).toBeLessThan(0.15);
      expect(disturbed.said.filter(({ type }) => type === "error" || type.endsWith(".failed"))).toEqual([]);
      const done = disturbed.said.filter(({ type }) => type === COMPLETED);
      expect(new Set(done.map(({ item_id }) => item_id)).size).toBe(done.length);
      for (const { item_id, transcript } of done) {
        const deltas = disturbed.said.filter((event) => event.type.endsWith(".delta") && event.item_id === item_id);
        expect(deltas.map(({ delta }) => delta).join("")).toBe(transcript);
      }
    }
  });
});

test("a machine that sleeps for a while takes no client for one that says nothing, and cuts no turn in two", async () => {
  await using sleepy = await startTestServer({ VERBATIM_DEEPGRAM_IDLE_TIMEOUT: "1s" });
  const speech = sayings[0] as Buffer;
  const pace = { rate: 64_000, piece: 1280 };
  const deepgram = await new LiveClient(`${sleepy.url}/v1/listen?${RAW}`).open();
  const openai = dial(`${sleepy.url}/v1/realtime?intent=transcription`);
  const input = { format: { type: "audio/pcm", rate: 16_000 }, turn_detection: { silence_duration_ms: 1000 } };
  openai.send({ type: "session.update", session: { type: "transcription", audio: { input } } });
  const spoken = Promise.all([deepgram.speak(speech, pace), openai.append(speech, { bytes: 1280, pace: 3 })]);
  await openai.next("input_audio_buffer.speech_started");
  sleepy.process.kill("SIGSTOP");
  await Bun.sleep(2500);
  sleepy.process.kill("SIGCONT");
  await spoken;
  // At once: from now on it does say nothing.
  deepgram.tell({ type: "CloseStream" });
  expect((await deepgram.closed).code).toBe(1000);
  const { transcript } = await openai.next(COMPLETED);
  expect(openai.said.filter(({ type }) => type === "input_audio_buffer.speech_started")).toHaveLength(1);
  // One cut the sentence and the other did not, so they may hear names otherwise; what was lost would be half of it.
  expect(wordErrorRate(transcript, deepgram.text())).toBeLessThan(0.45);
  openai.socket.close();
});

test("clients that are gone before their handshake is answered leave nothing open", async () => {
  const { hostname, port } = new URL(server.url);
  const upgrade = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const paths = [
    "v1/listen",
    `v1/listen?${RAW}`,
    `v2/listen?model=flux-general-en&${RAW}`,
    "v1/realtime",
    "ws",
    "api/v1/ws",
  ];
  for (const path of paths)
    for (let i = 0; i < 10; i++) {
      const line = connect({ host: hostname, port: Number(port) });
      line.on("error", () => {});
      await once(line, "connect");
      line.write(`GET /${path} HTTP/1.1\r\n${upgrade}\r\n${i % 2 === 0 ? `${key}\r\n` : ""}\r\n`);
      if (i < 8) line.resetAndDestroy();
      else setTimeout(() => line.destroy(), 20);
    }
  const client = dial(`${server.url}/v1/realtime?intent=transcription`);
  await client.next("session.created");
  client.socket.close();
  await until(async () => ((await server.metric("stt_sessions_active")) === 0 ? true : undefined));
});

describe("more live audio than all streams together may hold", () => {
  let small: TestServer;
  beforeAll(async () => {
    // Half a minute.
    small = await startTestServer({ VERBATIM_LIVE_MEMORY: "2MB" });
  });
  afterAll(() => small[Symbol.asyncDispose]());
  const minute = silence(60, 32_000);

  test("ends Deepgram's stream with its code for a server that is behind, and harms no other", async () => {
    const beside = await new LiveClient(`${small.url}/v1/listen?${RAW}`).open();
    await beside.speak(said(0).subarray(0, 10 * 32_000), { rate: 128_000 });
    for (const path of ["v1/listen?", "v2/listen?model=flux-general-en&"]) {
      const client = await new LiveClient(`${small.url}/${path}${RAW}`).open();
      client.send(minute);
      const { code, reason } = await client.closed;
      expect([code, reason]).toEqual([1011, expect.stringContaining("net0000")]);
    }
    beside.tell({ type: "CloseStream" });
    expect((await beside.closed).code).toBe(1000);
    expect(beside.text()).not.toBe("");
    expect(await small.metric('stt_sessions_total{reason="overflow"}')).toBe(2);
  });

  test("ends OpenAI's with an error that says so", async () => {
    const client = dial(`${small.url}/v1/realtime?intent=transcription`);
    await client.append(silence(60), { bytes: 60 * 48_000 });
    const { error } = await client.next("error");
    expect(error).toMatchObject({ type: "rate_limit_error", code: "rate_limit_exceeded" });
    expect(await client.closed).toMatchObject({ code: 1011 });
  });

  test("ends the older servers' with the code for one that is busy", async () => {
    for (const protocol of ["parakeet", "handy"]) {
      const client = await new LiveClient(`${small.url}/ws?protocol=${protocol}`).open();
      client.send(minute);
      expect(await client.closed).toMatchObject({ code: 1013 });
    }
  });

  test("counts what waits to be heard, too: messages that come faster than they are done", async () => {
    const client = dial(`${small.url}/v1/realtime?intent=transcription`);
    client.send({ type: "session.update", session: { type: "transcription", audio: { input: {} } } });
    const audio = Buffer.alloc(20 * 48_000).toString("base64");
    for (let i = 0; i < 6; i++) client.send({ type: "input_audio_buffer.append", audio });
    expect((await client.next("error")).error).toMatchObject({ code: "rate_limit_exceeded" });
    expect(await client.closed).toMatchObject({ code: 1011 });
  });
});
