/** Deepgram's streams against the real server with real speech: what is said, in which order, and how they end. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { wordErrorRate } from "../../src/recognizer/testing.ts";
import { clip } from "../data.ts";
import { LiveClient, type Results } from "./live-client.ts";
import { plainWords, samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

// Streams are paced, and this machine may be busy.
setDefaultTimeout(60_000);

const speech = clip("containers_jfk/jfk.wav");
const pcm = samplesOf(speech.file);
const reference = plainWords(speech.transcript ?? "");
const telephone = clip("derived/phone_mulaw_1688-142285-0003.wav");
const silence = (seconds: number, rate = 16_000) => new Uint8Array(2 * Math.round(seconds * rate));

const RAW = "encoding=linear16&sample_rate=16000";
/** Pauses in the clip are no ends. */
const CALM = `${RAW}&endpointing=1500`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Bytes of 16 kHz audio in a second, and so many times faster. */
const times = (faster: number) => ({ rate: faster * 32_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (query = RAW, path = "/v1/listen") => new LiveClient(`${server.url}${path}?${query}`).open();

const CLOSE = { type: "CloseStream" };

/** Says all of a recording, closes the stream, and hears it out. */
async function say(query: string, bytes: Uint8Array = pcm, more: { piece?: number; rate?: number } = {}) {
  const client = await open(query);
  await client.speak(bytes, more);
  client.tell(CLOSE);
  const end = await client.closed;
  return { client, end };
}

interface Searched {
  query: string;
  hits: { confidence: number }[];
}

const alternative = ({ channel }: Results) => channel.alternatives[0];

describe("a stream", () => {
  test("says what it hears, as it hears it, in Deepgram's order", async () => {
    const query = `${CALM}&interim_results=true&vad_events=true&utterance_end_ms=1000&smart_format=true`;
    const client = await open(query);
    await client.speak(pcm, times(3));
    await client.speak(silence(3), times(3));
    await client.hear(({ type }) => type === "UtteranceEnd");
    client.tell(CLOSE);
    expect(await client.closed).toEqual({ code: 1000, reason: "" });

    const types = client.told.map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(["Results", "SpeechStarted", "UtteranceEnd", "Metadata"]));
    expect(types.indexOf("Metadata")).toBe(types.length - 1);
    const firstWords = client.told.findIndex((one) => one.type === "Results" && alternative(one as Results).transcript);
    expect(types.indexOf("SpeechStarted")).toBeLessThan(firstWords);
    expect(plainWords(client.text())).toBe(reference);

    // Longer speech is final in pieces; the last one ends it.
    const spoken = client.finals.filter((one) => alternative(one).transcript);
    expect(spoken.map(({ speech_final }) => speech_final)).toEqual([...spoken.slice(1).map(() => false), true]);
    expect(spoken[0]).toMatchObject({ from_finalize: false, channel_index: [0, 1] });
    const last = client.finals.flatMap((one) => alternative(one).words).at(-1);
    const [ended] = client.told.filter(({ type }) => type === "UtteranceEnd");
    expect(ended).toMatchObject({ channel: [0, 1], last_word_end: last?.end });
    const [metadata] = client.told.slice(-1);
    expect(metadata).toMatchObject({ transaction_key: "deprecated", sha256: "incomplete", channels: 1 });
    expect(metadata?.duration).toBeCloseTo(14, 1);
    expect(metadata?.request_id).toMatch(UUID);
    for (const one of client.results) expect(one.metadata.request_id).toBe(metadata?.request_id as string);
  });

  test("has one clock: windows lie end to end, words inside them, interims restate", async () => {
    const client = await open(`${RAW}&interim_results=true&endpointing=300&punctuate=true`);
    await client.speak(pcm, times(2));
    let seconds = pcm.length / 32_000;
    // The silence in between is told of, too.
    const empty = () => client.results.filter((one) => alternative(one).transcript === "");
    while (!(empty().some(({ is_final }) => is_final) && empty().some(({ is_final }) => !is_final))) {
      await client.speak(silence(1), times(4));
      seconds++;
    }
    await client.speak(pcm.subarray(0, 2.6 * 32_000));
    client.tell(CLOSE);
    await client.closed;
    let cursor = 0;
    for (const one of client.results) {
      expect(one.start).toBeCloseTo(cursor, 5);
      const end = one.start + one.duration;
      let at = one.start;
      for (const { start, end: to } of alternative(one).words) {
        expect(start).toBeGreaterThanOrEqual(at - 1e-6);
        expect(to).toBeLessThanOrEqual(end + 1e-6);
        at = start;
      }
      if (one.is_final) cursor = end;
    }
    expect(cursor).toBeCloseTo(seconds + 2.6, 1);
    expect(plainWords(client.text())).toBe(`${reference} and so my fellow americans`);
  });

  test("without interim results has final ones only", async () => {
    const { client } = await say(CALM);
    expect(client.results.length).toBe(client.finals.length);
    expect(plainWords(client.text())).toBe(reference);
    expect(client.text()).toBe(client.text().toLowerCase());
    expect(alternative(client.finals[0] as Results).words[0]).not.toHaveProperty("punctuated_word");
  });

  test("is never ended by silence where the client does not want that", async () => {
    const { client } = await say(`${RAW}&endpointing=false`, Buffer.concat([pcm, silence(8), pcm, silence(2)]));
    expect(plainWords(client.text())).toBe(`${reference} ${reference}`);
    const [last, ...before] = client.finals.toReversed();
    expect(last?.speech_final).toBe(true);
    expect(before.length).toBeGreaterThan(2);
    for (const { speech_final } of before) expect(speech_final).toBe(false);
  });

  test("formats what it hears", async () => {
    const { client } = await say(
      `${CALM}&punctuate=true&search=country&replace=fellow:dear&extra=session:7&tag=a&diarize=true`,
    );
    expect(client.text()).toMatch(/^And so,? my dear Americans/i);
    const [final] = client.finals as [Results];
    expect(alternative(final).words[2]).toMatchObject({ word: "my", punctuated_word: "my", speaker: 0 });
    const searched = client.finals.flatMap(({ channel }) => channel.search as Searched[]);
    expect(searched.every(({ query }) => query === "country")).toBe(true);
    expect(searched.flatMap(({ hits }) => hits.filter(({ confidence }) => confidence === 1)).length).toBe(2);
    expect(final.metadata).toMatchObject({ extra: { session: "7" } });
    expect(client.told.at(-1)).toMatchObject({
      extra: { session: "7" },
      tags: ["a"],
      warnings: [{ parameter: "diarize" }],
    });
  });

  test("says that the model knows one language, where several are asked for", async () => {
    const { client } = await say(`${CALM}&language=multi&punctuate=true`);
    const [final] = client.finals as [Results];
    expect(alternative(final)).toMatchObject({ languages: ["en"] });
    expect(alternative(final).words[0]).toMatchObject({ language: "en" });
    expect(client.told.at(-1)).toMatchObject({ warnings: [{ parameter: "language", type: "unsupported_language" }] });
  });

  test("keeps channels apart, or mixes them", async () => {
    const other = Buffer.concat([
      silence(3),
      samplesOf(clip("wakewords_misc/rhasspy_hey_jarvis.wav").file),
      silence(7),
    ]);
    const both = Buffer.alloc(pcm.length * 2);
    for (let i = 0; i < pcm.length; i += 2) {
      pcm.copy(both, i * 2, i, i + 2);
      other.copy(both, i * 2 + 2, i, i + 2);
    }
    const { client } = await say(`${CALM}&channels=2&multichannel=true&vad_events=true`, both);
    for (const channel of [0, 1])
      expect(client.finals.some(({ channel_index }) => Bun.deepEquals(channel_index, [channel, 2]))).toBe(true);
    expect(plainWords(client.text(0))).toBe(reference);
    expect(plainWords(client.text(1))).toContain("jarvis");
    expect(client.finals.find((one) => one.channel_index[0] === 1 && alternative(one).transcript)?.start).toBeLessThan(
      5,
    );
    expect(client.told.filter(({ type }) => type === "SpeechStarted").map(({ channel }) => channel)).toContainEqual([
      1, 2,
    ]);
    expect(client.told.at(-1)).toMatchObject({ channels: 2 });

    const same = Buffer.alloc(pcm.length * 2);
    for (let i = 0; i < pcm.length; i += 2) for (const side of [0, 2]) pcm.copy(same, i * 2 + side, i, i + 2);
    const mixed = await say(`${CALM}&channels=2`, same);
    expect(plainWords(mixed.client.text())).toBe(reference);
    expect(mixed.client.told.at(-1)).toMatchObject({ channels: 1 });
    expect(mixed.client.told.at(-1)?.duration).toBeCloseTo(11, 1);
  });
});

describe("audio", () => {
  test.each([
    ["linear16", 16_000, pcm, reference, 0],
    ["linear32", 16_000, Buffer.concat(samples().map(float32)), reference, 0],
    ["alaw", 16_000, Buffer.from(samples().map(aLaw)), reference, 0],
    // One word of a telephone's thirteen may be misheard.
    ["mulaw", 8000, samplesOf(telephone.file), plainWords(telephone.transcript ?? ""), 0.1],
  ])("in %s is heard", async (encoding, rate, bytes, text, most) => {
    const query = `encoding=${encoding}&sample_rate=${rate}&endpointing=1500`;
    const { client } = await say(query, bytes, { piece: 777 });
    expect(wordErrorRate(text, client.text())).toBeLessThanOrEqual(most);
  });

  test("in a container says itself what it is", async () => {
    const file = new Uint8Array(await wav(pcm).arrayBuffer());
    const { client, end } = await say("endpointing=1500", file, { piece: 1000 });
    expect(end.code).toBe(1000);
    expect(plainWords(client.text())).toBe(reference);
    // Its header is no audio, where the samples are declared.
    const declared = await say(CALM, file, { piece: 31 });
    expect(plainWords(declared.client.text())).toBe(reference);
    expect(declared.client.told.at(-1)?.duration).toBeCloseTo(11, 3);
  });

  test("of another rate is heard", async () => {
    const half = Buffer.alloc(pcm.length / 2);
    for (let i = 0; i < half.length; i += 2) pcm.copy(half, i, i * 2, i * 2 + 2);
    const { client } = await say("encoding=linear16&sample_rate=8000&endpointing=1500", half);
    expect(plainWords(client.text())).toBe(reference);
  });

  test("that is none ends with Deepgram's code, and that is noise with no words", async () => {
    const noise = new Uint8Array(40_000).map((_, i) => (i * 7919) % 251);
    const bad = await say("punctuate=true", noise);
    expect(bad.end).toEqual({ code: 1008, reason: "DATA-0000" });
    expect(bad.client.told).toMatchObject([{ type: "Metadata", duration: 0 }]);
    const { end, client } = await say(RAW, noise);
    expect(end.code).toBe(1000);
    expect(client.text().trim()).toBe("");
    // The wrong name of an encoding is heard as noise, too.
    const wrong = await say("encoding=mulaw&sample_rate=8000", await wav(pcm).bytes());
    expect(wrong.end.code).toBe(1000);
  });

  test("of none at all has metadata without a model", async () => {
    const { client, end } = await say(RAW, new Uint8Array());
    expect(end.code).toBe(1000);
    expect(client.told.map(({ type }) => type)).toEqual(["Metadata"]);
    expect(client.told[0]).toMatchObject({ duration: 0 });
    expect(client.told[0]).not.toHaveProperty("models");
    expect(await (async () => (await say("", new Uint8Array())).end.code)()).toBe(1000);
  });

  test("of minutes without speech has no words", async () => {
    const { client } = await say(`${RAW}&interim_results=true&utterance_end_ms=1000`, silence(180), { piece: 32_000 });
    expect(client.results.length).toBeGreaterThan(3);
    expect(client.results.every((one) => alternative(one).transcript === "" && alternative(one).confidence === 0)).toBe(
      true,
    );
    expect(client.told.filter(({ type }) => type === "UtteranceEnd")).toEqual([]);
    expect(client.told.at(-1)?.duration).toBe(180);
  });

  test("of more than may wait ends with Deepgram's code for a server that is behind", async () => {
    const client = await open("encoding=mulaw&sample_rate=8000");
    client.send(new Uint8Array(8000 * 700).fill(0x80));
    const { code, reason } = await client.closed;
    expect([code, reason]).toEqual([1011, expect.stringContaining("net0000")]);
    expect(client.told.at(-1)?.type).toBe("Metadata");
  });
});

describe("a message", () => {
  test("Finalize is answered, with what was said so far or with nothing", async () => {
    const client = await open(`${CALM}&punctuate=true`);
    client.tell({ type: "Finalize" });
    expect(await client.hear(({ type }) => type === "Results")).toMatchObject({
      is_final: true,
      speech_final: true,
      from_finalize: true,
      channel: { alternatives: [{ transcript: "", confidence: 0, words: [] }] },
    });
    await client.speak(pcm.subarray(0, 2.6 * 32_000));
    client.tell({ type: "Finalize" });
    await client.hear((told) => told.type === "Results" && (told as Results).start + (told as Results).duration > 2);
    expect(plainWords(client.text())).toBe("and so my fellow americans");
    await client.speak(pcm.subarray(2.6 * 32_000));
    client.tell({ type: "Finalize" });
    client.tell(CLOSE);
    expect((await client.closed).code).toBe(1000);
    expect(plainWords(client.text())).toBe(reference);
    expect(client.finals.map(({ from_finalize }) => from_finalize)).toEqual([true, true, true]);
    expect(client.told.slice(-2).map(({ type }) => type)).toEqual(["Results", "Metadata"]);
  });

  test("Finalize, 2,000 times, is answered as often", async () => {
    const client = await open(RAW);
    await client.speak(pcm.subarray(0, 2.6 * 32_000));
    for (let i = 0; i < 2000; i++) client.tell({ type: "Finalize" });
    client.tell(CLOSE);
    expect((await client.closed).code).toBe(1000);
    expect(client.finals.filter(({ from_finalize }) => from_finalize).length).toBe(2000);
    expect(plainWords(client.text())).toContain("americans");
  });

  test("Finalize after every frame, 2,000 times, harms nobody", async () => {
    const [client, other] = await Promise.all([open(`${RAW}&interim_results=true`), open(CALM)]);
    const speaking = other.speak(pcm, times(4));
    for (let i = 0; i < 2000; i++) {
      client.send(pcm.subarray((i * 40) % pcm.length, ((i * 40) % pcm.length) + 40));
      client.tell({ type: "Finalize" });
    }
    await speaking;
    other.tell(CLOSE);
    client.tell(CLOSE);
    expect((await other.closed).code).toBe(1000);
    expect(plainWords(other.text())).toBe(reference);
    expect((await client.closed).code).toBe(1000);
    expect(client.finals.filter(({ from_finalize }) => from_finalize).length).toBe(2000);
    expect(client.told.at(-1)?.duration).toBeCloseTo(2.5, 2);
  });

  test("that comes in binary is no audio", async () => {
    const bytes = (message: object) => new TextEncoder().encode(JSON.stringify(message));
    const client = await open(CALM);
    for (let at = 0; at < pcm.length; at += 32_000) {
      // 27 bytes: as samples they would make noise of everything behind them.
      client.send(bytes({ type: "KeepAlive", x: "" }));
      await client.speak(pcm.subarray(at, at + 32_000));
    }
    client.send(bytes(CLOSE));
    expect((await client.closed).code).toBe(1000);
    expect(plainWords(client.text())).toBe(reference);
  });

  test("Finalize before a container has come is answered, too", async () => {
    for (const query of ["punctuate=true", "multichannel=true"]) {
      const client = await open(query);
      client.tell({ type: "Finalize" });
      await client.hear(({ from_finalize }) => from_finalize === true);
      client.leave(1000);
    }
  });

  test("Finalize of one channel", async () => {
    const client = await open(`${RAW}&channels=2&multichannel=true`);
    client.send(silence(1));
    client.tell({ type: "Finalize", channel: 1 });
    expect(await client.hear(({ type }) => type === "Results")).toMatchObject({
      channel_index: [1, 2],
      from_finalize: true,
    });
    client.tell({ type: "Finalize", channel: 2 });
    expect(await client.hear(({ type }) => type === "Error")).toMatchObject({ variant: "SchemaError" });
    client.tell(CLOSE);
    await client.closed;
  });

  test("of no bytes ends the stream", async () => {
    const client = await open(CALM);
    await client.speak(pcm);
    client.send(new Uint8Array());
    expect(await client.closed).toEqual({ code: 1000, reason: "" });
    expect(plainWords(client.text())).toBe(reference);
    expect(client.told.at(-1)?.type).toBe("Metadata");
  });

  test("that is not understood is told, and the stream goes on", async () => {
    const client = await open(CALM);
    const sent = ["hello", '{"type":"KeepAlive "}', "{}", "[]", '{"type":"Finalize","channel":"x"}', ""];
    for (const message of sent) client.tell(message);
    await client.speak(pcm);
    client.tell(CLOSE);
    expect((await client.closed).code).toBe(1000);
    const errors = client.told.filter(({ type }) => type === "Error");
    expect(errors.map(({ message }) => message)).toEqual(sent);
    for (const error of errors)
      expect(error).toMatchObject({ variant: "SchemaError", description: expect.any(String) });
    expect(plainWords(client.text())).toBe(reference);
  });

  test("Configure is answered once", async () => {
    const client = await open(CALM);
    client.tell({ type: "Configure", keyterms: ["Americans"], features: { numerals: true } });
    expect(await client.hear(({ type }) => type.startsWith("Configure"))).toMatchObject({
      type: "ConfigureSuccess",
      keyterms: ["Americans"],
    });
    client.tell({ type: "Configure", features: { numerals: false } });
    client.tell({ type: "Configure", keyterms: Array.from({ length: 600 }, (_, i) => `term${i}`) });
    client.tell({ type: "Configure", keyterms: null });
    client.tell({ type: "Configure", keyterms: 3 });
    await until(() => client.told.length === 5 || undefined);
    expect(client.told.map(({ type, keyterms }) => [type, keyterms])).toEqual([
      ["ConfigureSuccess", ["Americans"]],
      ["ConfigureSuccess", ["Americans"]],
      ["ConfigureFailure", undefined],
      ["ConfigureSuccess", []],
      ["ConfigureFailure", undefined],
    ]);
    expect(client.told.flatMap(({ code }) => code ?? [])).toEqual([
      "CONFIGURE_KEYTERM_LIMIT_EXCEEDED",
      "CONFIGURE_INVALID",
    ]);
    await client.speak(pcm);
    client.tell(CLOSE);
    await client.closed;
    expect(plainWords(client.text())).toBe(reference);
  });

  test("of servers like Deepgram: start, ping, stop", async () => {
    const client = await open("endpointing=1500");
    // A `start` before anything else would make it wholly that server's.
    client.tell({ type: "ping" });
    client.tell({ type: "start", config: { sample_rate: 8000, language: "en" } });
    const half = Buffer.alloc(pcm.length / 2);
    for (let i = 0; i < half.length; i += 2) pcm.copy(half, i, i * 2, i * 2 + 2);
    await client.speak(half.subarray(0, half.length / 2));
    client.tell({ type: "start" });
    await client.speak(half.subarray(half.length / 2));
    client.tell({ type: "stop" });
    expect((await client.closed).code).toBe(1000);
    expect(client.told.map(({ type }) => type)).not.toContain("Error");
    expect(plainWords(client.text())).toBe(reference);
    expect(client.finals.at(-1)).toMatchObject({
      request_id: client.finals[0]?.metadata.request_id,
      utterance_id: expect.stringMatching(UUID),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/),
    });
    const wrong = await open("endpointing=1500");
    wrong.tell({ type: "ping" });
    wrong.tell({ type: "start", config: { language: "klingon" } });
    await wrong.hear(({ type }) => type === "Error");
    wrong.leave(1000);
  });
});

describe("the end", () => {
  const NET1 =
    "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001";

  test("comes when nothing comes, after what was said; KeepAlive holds it off, and stays without an answer", async () => {
    await using brief = await startTestServer({ VERBATIM_DEEPGRAM_IDLE_TIMEOUT: "2s" });
    const client = await new LiveClient(`${brief.url}/v1/listen?${CALM}`).open();
    await client.speak(pcm.subarray(0, 2.6 * 32_000));
    for (let i = 0; i < 4; i++) {
      await Bun.sleep(1000);
      client.tell({ type: "KeepAlive" });
    }
    expect(client.told).toEqual([]);
    expect(await client.closed).toEqual({ code: 1011, reason: NET1 });
    expect(client.told.map(({ type }) => type)).toEqual(["Results", "Metadata"]);
    expect(plainWords(client.text())).toBe("and so my fellow americans");
    // Time without audio is no time.
    expect(client.told.at(-1)?.duration).toBeCloseTo(2.6, 1);
  });

  test("comes in the end where there is KeepAlive and never any audio", async () => {
    await using brief = await startTestServer({ VERBATIM_DEEPGRAM_IDLE_TIMEOUT: "100ms" });
    const [silent, speaks] = await Promise.all(
      ["", "a"].map((tag) => new LiveClient(`${brief.url}/v1/listen?${RAW}&tag=${tag}`).open()),
    );
    speaks?.send(silence(0.1));
    const keep = setInterval(() => {
      for (const client of [silent, speaks]) if (!client?.isClosed) client?.tell({ type: "KeepAlive" });
    }, 30);
    expect(await silent?.closed).toEqual({ code: 1011, reason: NET1 });
    expect(speaks?.isClosed).toBe(false);
    clearInterval(keep);
    expect(await speaks?.closed).toEqual({ code: 1011, reason: NET1 });
  });

  test("of a client that leaves in mid-word is that client's alone", async () => {
    const stays = await open(CALM);
    const leavers = await Promise.all([open(RAW), open(`${RAW}&interim_results=true`), open("")]);
    const speaking = stays.speak(pcm, times(4));
    for (const one of leavers) await one.speak(pcm.subarray(0, 50_001));
    leavers[0]?.leave();
    leavers[1]?.leave(1000);
    leavers[2]?.leave(1001);
    await speaking;
    stays.tell(CLOSE);
    expect((await stays.closed).code).toBe(1000);
    expect(plainWords(stays.text())).toBe(reference);
    await until(async () => (await server.metric("stt_sessions_active")) === 0 || undefined);
  });

  test("of a client that does not read is a cut", async () => {
    const { hostname, port } = new URL(server.url);
    const ended = Promise.withResolvers<void>();
    const line = await Bun.connect({
      hostname,
      port: Number(port),
      socket: { data: (socket) => void socket.pause(), close: () => ended.resolve(), error: () => ended.resolve() },
    });
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
    line.write(
      `GET /v1/listen?${RAW} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`,
    );
    await until(async () => (await server.metric("stt_sessions_active")) === 1 || undefined);
    expect(await (await fetch(`${server.url}/v1/status`)).json()).toMatchObject({ active_stream_requests: 1 });
    // Each of these masked messages (RFC 6455, 5.2) is answered with a complaint that quotes it.
    const text = Buffer.from(`"${"x".repeat(900)}"`);
    const header = Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 255, 0, 0, 0, 0]);
    const many = Buffer.concat(Array.from({ length: 500 }, () => Buffer.concat([header, text])));
    const write = async () => {
      for (let sent = 0; sent < many.length; ) {
        const count = line.write(many.subarray(sent));
        if (count < 0) return;
        sent += count;
        await Bun.sleep(1);
      }
    };
    line.write(many.subarray(0, many.length / 100));
    await Bun.sleep(300);
    expect(await server.metric("stt_sessions_active")).toBe(1);
    await Promise.race([
      ended.promise,
      (async () => {
        for (let i = 0; i < 200; i++) await write();
      })(),
      until(async () => (await server.metric("stt_sessions_active")) === 0 || undefined),
    ]);
    await until(async () => (await server.metric("stt_sessions_active")) === 0 || undefined);
    line.terminate();
  });

  test("of the engine costs no word", async () => {
    const client = await open(`${CALM}&interim_results=true`);
    await client.speak(pcm, times(4));
    const [engine] = server.engines();
    client.tell(CLOSE);
    process.kill(engine as number, "SIGKILL");
    expect((await client.closed).code).toBe(1000);
    expect(plainWords(client.text())).toBe(reference);
  });

  test("of the server comes after what was said", async () => {
    await using stopped = await startTestServer();
    const client = await new LiveClient(`${stopped.url}/v1/listen?${CALM}`).open();
    await client.speak(pcm.subarray(0, 2.6 * 32_000));
    const turns = await new LiveClient(`${stopped.url}/v2/listen?model=flux-general-en&${RAW}`).open();
    await turns.speak(pcm.subarray(0, 2.6 * 32_000));
    await turns.hear(({ event }) => event === "StartOfTurn");
    const ended = stopped.end("SIGTERM");
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(client.told.map(({ type }) => type)).toEqual(["Results", "Metadata"]);
    expect(plainWords(client.text())).toBe("and so my fellow americans");
    expect(await turns.closed).toMatchObject({ code: 1001 });
    expect(plainWords(turns.turns.at(-1)?.transcript ?? "")).toBe("and so my fellow americans");
    expect(await ended).toBe(0);
  });
});

describe("a handshake", () => {
  const shake = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, {
      headers: {
        upgrade: "websocket",
        connection: "upgrade",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
        ...headers,
      },
    });

  test.each([
    ["encoding=linear16", "Failed to deserialize query parameters: missing field `sample_rate`"],
    ["encoding=pcm", "Invalid 'encoding' value of 'pcm'."],
    ["encoding=speex", "Invalid 'encoding' value of 'speex'. This server cannot decode that."],
    [`${RAW}&utterance_end_ms=999`, "Invalid 'utterance_end_ms' value of '999'."],
    [`${RAW}&endpointing=soon`, "Invalid 'endpointing' value of 'soon'."],
    [`${RAW}&interim_results=maybe`, "Invalid 'interim_results' value of 'maybe'."],
    [`${RAW}&channels=21`, "Invalid 'channels' value of '21'."],
    [`${RAW}&redact=name`, "Invalid 'redact' value of 'name'. This server cannot hide that."],
    [`${RAW}&interim_results=true&interim_results=false`, "duplicate field `interim_results`"],
    [`${RAW}&callback=http://x.example/`, "'callback' is not supported on streams"],
  ])("with %s is refused", async (query, message) => {
    const refused = await shake(`/v1/listen?${query}`);
    expect(refused.status).toBe(400);
    expect(refused.headers.get("content-type")).toStartWith("application/json");
    const body = (await refused.json()) as Record<string, string>;
    expect(body.err_code).toBe("INVALID_QUERY_PARAMETER");
    expect(body.err_msg).toContain(message);
    expect(refused.headers.get("dg-error")).toBe(body.err_msg as string);
    expect(refused.headers.get("dg-request-id")).toBe(body.request_id as string);
  });

  test("for a model or a language that is not here is refused", async () => {
    for (const query of ["model=flux-general-en", "language=klingon", "language=de"]) {
      const refused = await shake(`/v1/listen?${RAW}&${query}`);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ err_code: "Bad Request" });
    }
    for (const query of ["", `model=nova-3&${RAW}`, "model=flux-general-en&encoding=linear16"])
      expect((await shake(`/v2/listen?${query}`)).status).toBe(400);
    for (const path of ["/v1/listen", "/v2/listen"])
      expect((await fetch(`${server.url}${path}?${RAW}`)).status).toBe(426);
  });

  test("with odd spellings is as good as any", async () => {
    const odd = `${RAW}&model=nova-3&language=undefined&interim_results=True&punctuate=1&version=latest&unknown=1`;
    const client = await open(`${odd}&endpointing=1500`);
    await client.speak(silence(3));
    await client.hear(({ is_final }) => is_final === false);
    await client.speak(pcm);
    client.tell(CLOSE);
    expect((await client.closed).code).toBe(1000);
    expect(client.text()).toMatch(/country\W$/);
  });

  test("is answered with the request's id, which every message bears, and with the scheme of the key, never the key", async () => {
    const { hostname, port } = new URL(server.url);
    const { promise, resolve } = Promise.withResolvers<string>();
    let answer = "";
    const line = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data(_, bytes) {
          answer += bytes.toString("latin1");
          if (answer.includes("Metadata")) resolve(answer);
        },
      },
    });
    const headers = [
      "Host: x",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Protocol: token, a-secret-key, x-deepgram-session-id, 7",
      "X-Request-Id: the-client-s-own",
    ];
    // What follows is an empty binary message, which ends the stream.
    line.write(`GET /v1/listen?${RAW} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
    await until(() => answer.includes("\r\n\r\n") || undefined);
    line.write(new Uint8Array([0x82, 0x80, 0, 0, 0, 0]));
    const [head = "", told = ""] = (await promise).split("\r\n\r\n");
    line.terminate();
    const header = (name: string) => new RegExp(`^${name}: (.*?)\\r?$`, "im").exec(head)?.[1];
    expect(head).toStartWith("HTTP/1.1 101");
    expect(header("sec-websocket-protocol")).toBe("token");
    expect(header("dg-request-id")).toMatch(UUID);
    expect(told).toContain(`"request_id":"${header("dg-request-id")}"`);
    expect(header("access-control-expose-headers")).toContain("dg-request-id");
    expect(head).not.toContain("a-secret-key");
  });

  test("wants the key where there are keys, in a header or as a subprotocol, and says which", async () => {
    const apiKey = "right-key-of-the-test";
    await using guarded = await startTestServer({ VERBATIM_API_KEYS: apiKey });
    const url = `${guarded.url}/v1/listen?${RAW}`;
    const refused = await fetch(url, { headers: { upgrade: "websocket", authorization: "Token wrong" } });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ err_code: "INVALID_AUTH", err_msg: "Invalid credentials." });
    expect(await new LiveClient(url).closed).toMatchObject({ code: 1006 });
    for (const scheme of ["Token", "token", "bearer"]) {
      const client = await new LiveClient(url, { headers: { authorization: `${scheme} ${apiKey}` } }).open();
      expect(client.protocol).toBe("");
      client.tell(CLOSE);
      expect((await client.closed).code).toBe(1000);
    }
    for (const scheme of ["token", "bearer"]) {
      const client = await new LiveClient(url, { protocols: [scheme, apiKey] }).open();
      expect(client.protocol).toBe(scheme);
      client.tell(CLOSE);
      expect((await client.closed).code).toBe(1000);
    }
  });
});

function samples(): number[] {
  return Array.from(new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2));
}

function float32(sample: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(sample / 32_768);
  return bytes;
}

/** ITU-T G.711 */
function aLaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 3;
  const segment = Math.max(0, 27 - Math.clz32(magnitude));
  const code = (segment << 4) | ((magnitude >> Math.max(1, segment)) & 15);
  return code ^ (sample < 0 ? 0x55 : 0xd5);
}
