/** Programs written for OpenAI, with no more changed than the base URL: its library in four versions, the AI SDK, the agents' SDK. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createReadStream, readFileSync } from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";
import { experimental_streamTranscribe, transcribe } from "ai";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { wordErrorRate } from "../../src/recognizer/testing.ts";
import { clip } from "../data.ts";
import { dial, pcmAt } from "./realtime-support.ts";
import { plainWords, startTestServer, type TestServer, until } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const reference = plainWords(speech.transcript ?? "");
const pcm24k = pcmAt(24_000, speech.file);
const apiKey = "sk-key-of-the-clients-test";

let server: TestServer;
/** With a certificate of its own making: the JavaScript library dials nothing but wss. */
let secure: TestServer;
beforeAll(async () => {
  [server, secure] = await Promise.all([
    startTestServer({ VERBATIM_API_KEYS: apiKey }),
    startTestServer({ VERBATIM_API_KEYS: apiKey, VERBATIM_TLS: "self-signed" }),
  ]);
});
afterAll(async () => {
  await Promise.all([server[Symbol.asyncDispose](), secure[Symbol.asyncDispose]()]);
});

const file = () => createReadStream(speech.file);
const model = "whisper-1";

// Each version has types of its own; what is called is the same.
// biome-ignore lint/suspicious/noExplicitAny: four libraries in one place
type AnyLibrary = any;
const versions: [string, AnyLibrary][] = [
  ["4", await import("openai-4")],
  ["5", await import("openai-5")],
  ["6", await import("openai-6")],
  ["7", await import("openai")],
];

describe.each(versions)("openai %s", (_, library) => {
  const open = (options: object = {}) =>
    new library.OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0, ...options });

  test("transcribes in every format", async () => {
    const { transcriptions } = open().audio;
    const bytes = await library.toFile(readFileSync(speech.file), "speech.wav", { type: "audio/wav" });
    const [json, bytesToo, text, srt, vtt, verbose] = await Promise.all([
      transcriptions.create({ file: file(), model }),
      transcriptions.create({ file: bytes, model, language: "en", prompt: "A speech of 1961.", temperature: 0 }),
      transcriptions.create({ file: file(), model, response_format: "text" }),
      transcriptions.create({ file: file(), model, response_format: "srt" }),
      transcriptions.create({ file: file(), model, response_format: "vtt" }),
      transcriptions.create({
        file: file(),
        model,
        response_format: "verbose_json",
        timestamp_granularities: ["word", "segment"],
      }),
    ]);
    for (const { text } of [json, verbose]) expect(plainWords(text)).toBe(reference);
    // A prompt may change a word.
    expect(wordErrorRate(reference, plainWords(bytesToo.text))).toBeLessThan(0.1);
    expect(text).toMatch(/^\S.*\.\n$/);
    expect(srt).toMatch(/^1\n00:00:\d\d,\d{3} --> .*\n\n\n$/s);
    expect(vtt).toStartWith("WEBVTT\n\n00:00:");
    expect(verbose.words.length).toBe(reference.split(" ").length);
  });

  test("streams", async () => {
    const stream = await open().audio.transcriptions.create({ file: file(), model: "gpt-4o-transcribe", stream: true });
    let text = "";
    let done: string | undefined;
    for await (const event of stream) {
      expect(done).toBeUndefined();
      if (event.type === "transcript.text.delta") text += event.delta;
      else done = event.text;
    }
    expect(done).toBe(text);
    expect(plainWords(text)).toBe(reference);
  });

  test("translates, lists models, and throws its own errors", async () => {
    const client = open();
    expect(plainWords((await client.audio.translations.create({ file: file(), model })).text)).toBe(reference);
    expect((await client.models.list()).data.map(({ id }: { id: string }) => id)).toContain(model);
    const failure = async (request: Promise<unknown>) =>
      request.then(
        () => undefined,
        (thrown) => thrown,
      );
    const unknown = await failure(client.models.retrieve("fake_id"));
    expect(unknown).toBeInstanceOf(library.NotFoundError);
    expect([unknown.code, unknown.param]).toEqual(["model_not_found", "model"]);
    const bad = await failure(client.audio.transcriptions.create({ file: file(), model, temperature: 7 }));
    expect(bad).toBeInstanceOf(library.BadRequestError);
    // Version 4 has another name for it.
    expect(bad.requestID ?? bad.request_id).toBeTruthy();
    const stranger = open({ apiKey: "sk-wrong" });
    expect(await failure(stranger.models.list())).toBeInstanceOf(library.AuthenticationError);
  });
});

describe("openai's Realtime classes over wss", () => {
  const options = { rejectUnauthorized: false };
  const at = (Library: AnyLibrary) => new Library({ baseURL: `${secure.url}/v1`, apiKey });
  const session = {
    type: "transcription",
    audio: {
      input: {
        format: { type: "audio/pcm", rate: 24_000 },
        transcription: { model, language: "en" },
        turn_detection: null,
      },
    },
  };

  async function converse(rt: AnyLibrary, update: object, updated: string): Promise<string[]> {
    const types: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    rt.on("error", reject);
    rt.on("event", (event: AnyLibrary) => {
      types.push(event.type);
      if (/session\.created$/.test(event.type)) rt.send(update);
      if (event.type === updated) {
        for (let i = 0; i < pcm24k.length; i += 48_000) {
          const audio = Buffer.from(pcm24k.subarray(i, i + 48_000)).toString("base64");
          rt.send({ type: "input_audio_buffer.append", audio });
        }
        rt.send({ type: "input_audio_buffer.commit" });
      }
      if (event.type.endsWith("transcription.completed")) resolve(event.transcript);
    });
    expect(plainWords(await promise)).toBe(reference);
    rt.close();
    return types;
  }

  test("7, by intent", async () => {
    const rt = new OpenAIRealtimeWS({ intent: "transcription", options }, at(OpenAI));
    const types = await converse(rt, { type: "session.update", session }, "session.updated");
    // A busy machine may show a part of the text first.
    expect(types.filter((type, i) => !type.endsWith(".delta") || type !== types[i - 1])).toEqual([
      "session.created",
      "session.updated",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.input_audio_transcription.delta",
      "conversation.item.input_audio_transcription.completed",
    ]);
  });

  test.each([
    ["6", "openai-6"],
    ["5", "openai-5"],
  ])("%s, by model", async (_, name) => {
    const library: AnyLibrary = await import(name);
    const { OpenAIRealtimeWS: Socket } = await import(`${name}/realtime/ws`);
    const rt = new Socket({ model: "gpt-4o-transcribe", options }, at(library.OpenAI));
    await converse(rt, { type: "session.update", session }, "session.updated");
  });

  test.each([
    ["5", "openai-5"],
    ["4", "openai-4"],
  ])("the beta of %s", async (_, name) => {
    const library: AnyLibrary = await import(name);
    const { OpenAIRealtimeWS: Socket } = await import(`${name}/beta/realtime/ws`);
    const rt = new Socket({ model, options }, at(library.OpenAI));
    const update = {
      type: "transcription_session.update",
      session: { input_audio_transcription: { model }, turn_detection: null },
    };
    const types = await converse(rt, update, "transcription_session.updated");
    expect(types).toContain("conversation.item.created");
  });

  test("short-lived keys made by 7 open a socket with their session", async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
    const made = await client.realtime.clientSecrets.create({
      expires_after: { anchor: "created_at", seconds: 60 },
      session: { type: "transcription", audio: { input: { transcription: { model, prompt: "x" } } } },
    });
    const beta = await client.beta.realtime.transcriptionSessions.create({ input_audio_format: "g711_alaw" });
    for (const [key, input] of [
      [made.value, { transcription: { model, language: null, prompt: "x" } }],
      [beta.client_secret.value, { format: { type: "audio/pcma" } }],
    ] as const) {
      const socket = dial(`${server.url}/v1/realtime`, { protocols: ["realtime", `openai-insecure-api-key.${key}`] });
      expect((await socket.next("session.created")).session.audio.input).toMatchObject(input);
      socket.socket.close();
    }
  });
});

describe("the AI SDK", () => {
  const provider = () => createOpenAI({ baseURL: `${server.url}/v1`, apiKey });

  test("transcribes a file", async () => {
    const { text, language, durationInSeconds, segments } = await transcribe({
      model: provider().transcription(model),
      audio: readFileSync(speech.file),
      maxRetries: 0,
      providerOptions: { openai: { timestampGranularities: ["word", "segment"], language: "en" } },
    });
    expect(plainWords(text)).toBe(reference);
    expect([language, durationInSeconds]).toEqual(["en", 11]);
    expect(segments[0]?.endSecond).toBeGreaterThan(1);
  });

  test("transcribes a stream of raw audio", async () => {
    const audio = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < pcm24k.length; i += 9600) controller.enqueue(pcm24k.slice(i, i + 9600));
        controller.close();
      },
    });
    const result = experimental_streamTranscribe({
      model: provider().transcription("gpt-live-transcribe"),
      audio,
      inputAudioFormat: { type: "audio/pcm", rate: 24_000 },
    });
    expect(plainWords(await result.text)).toBe(reference);
  });
});

test("the agents' SDK gets what its user said", async () => {
  const url = `${server.url.replace("http", "ws")}/v1/realtime?model=gpt-realtime`;
  const transport = new OpenAIRealtimeWebSocket({ url, useInsecureApiKey: true });
  const session = new RealtimeSession(new RealtimeAgent({ name: "listener", instructions: "Listen." }), {
    transport,
    model: "gpt-realtime",
    config: {
      audio: { input: { transcription: { model }, turnDetection: { type: "semantic_vad", eagerness: "low" } } },
    },
  });
  const failures: unknown[] = [];
  session.on("error", (failure) => failures.push(failure));
  let heard = "";
  session.on("history_updated", (history) => {
    const said = history.flatMap((item) => (item.type === "message" && item.role === "user" ? item.content : []));
    heard = said.map((part) => (part.type === "input_audio" ? part.transcript : "")).join(" ");
  });
  await session.connect({ apiKey });
  for (let i = 0; i < pcm24k.length; i += 4800) session.sendAudio(pcm24k.slice(i, i + 4800).buffer as ArrayBuffer);
  session.sendAudio(new ArrayBuffer(3 * 48_000));
  await until(() => plainWords(heard).endsWith("for your country") || undefined);
  expect(failures).toEqual([]);
  session.close();
});
