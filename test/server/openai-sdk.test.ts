/** OpenAI's own JavaScript library against the real server: only the base URL is changed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createReadStream, readFileSync } from "node:fs";
import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError, toFile } from "openai";
import { wordErrorRate } from "../../src/recognizer/testing.ts";
import { clip } from "../data.ts";
import { plainWords, startTestServer, type TestServer } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const reference = plainWords(speech.transcript ?? "");
const apiKey = "sk-right-key-of-the-test";

let server: TestServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startTestServer({ VERBATIM_API_KEYS: apiKey });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
});
afterAll(() => server[Symbol.asyncDispose]());

const file = () => createReadStream(speech.file);
const model = "whisper-1";

describe("transcriptions", () => {
  test("a read stream, bytes with a name, a nameless blob", async () => {
    const bytes = readFileSync(speech.file);
    const files = [file(), await toFile(bytes, "speech.wav", { type: "audio/wav" }), new Blob([bytes])];
    for (const one of files) {
      const { text, usage } = await client.audio.transcriptions.create({ file: one as never, model });
      expect(plainWords(text)).toBe(reference);
      expect(usage as unknown).toEqual({ type: "duration", seconds: 11 });
    }
  });

  test("options, and the request's id", async () => {
    const { data, request_id } = await client.audio.transcriptions
      .create({
        file: file(),
        model,
        language: "en",
        prompt: "A speech of 1961.",
        temperature: 0,
        response_format: "json",
      })
      .withResponse();
    // A prompt may change a word.
    expect(wordErrorRate(reference, plainWords(data.text))).toBeLessThan(0.1);
    expect(request_id).toBeTruthy();
  });

  test("verbose_json with every set of granularities", async () => {
    const verbose = (timestamp_granularities?: ("word" | "segment")[]) =>
      client.audio.transcriptions.create({
        file: file(),
        model,
        response_format: "verbose_json",
        ...(timestamp_granularities ? { timestamp_granularities } : {}),
      });
    const [plain, segments, words, both] = await Promise.all([
      verbose(),
      verbose(["segment"]),
      verbose(["word"]),
      verbose(["word", "segment"]),
    ]);
    for (const found of [plain, segments]) expect([!!found.segments, "words" in found]).toEqual([true, false]);
    expect(["segments" in words, !!words.words]).toEqual([false, true]);
    expect([!!both.segments, !!both.words]).toEqual([true, true]);
    expect(both.language).toBe("english");
    expect(both.usage?.seconds).toBe(Math.ceil(both.duration));
  });

  test("text, srt and vtt are strings", async () => {
    for (const response_format of ["text", "srt", "vtt"] as const) {
      const body = await client.audio.transcriptions.create({ file: file(), model, response_format });
      expect(typeof body).toBe("string");
      expect((body as unknown as string)[0]).not.toBe('"');
    }
  });

  test("a stream of events", async () => {
    const stream = await client.audio.transcriptions.create({
      file: file(),
      model: "gpt-4o-mini-transcribe",
      stream: true,
      include: ["logprobs"],
      chunking_strategy: { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 200 },
    });
    let text = "";
    let done: { text: string } | undefined;
    for await (const event of stream) {
      expect(done).toBeUndefined();
      if (event.type === "transcript.text.delta") text += event.delta;
      if (event.type === "transcript.text.done") done = event;
    }
    expect(done?.text).toBe(text);
    expect(plainWords(text)).toBe(reference);
  });
});

test("translations", async () => {
  const { text, ...rest } = await client.audio.translations.create({ file: file(), model });
  expect(plainWords(text)).toBe(reference);
  expect(rest).toEqual({});
  const verbose = await client.audio.translations.create({ file: file(), model, response_format: "verbose_json" });
  expect(verbose).toMatchObject({ task: "translate", language: "english" });
});

test("models", async () => {
  const ids: string[] = [];
  for await (const { id } of client.models.list()) ids.push(id);
  expect(ids).toContain(model);
  expect(await client.models.retrieve("openai/whisper-base.en")).toMatchObject({ id: "openai/whisper-base.en" });
});

describe("errors", () => {
  async function failure(request: Promise<unknown>): Promise<APIError> {
    const thrown = await request.then(
      () => undefined,
      (error) => error,
    );
    expect(thrown).toBeInstanceOf(APIError);
    expect((thrown as APIError).requestID).toBeTruthy();
    return thrown as APIError;
  }
  const send = (more: object, by = client) =>
    failure(by.audio.transcriptions.create({ file: file(), model, ...more }) as Promise<unknown>);

  test("have the classes and the fields that programs look at", async () => {
    const language = await send({ language: "this should cause an error" });
    expect(language).toBeInstanceOf(BadRequestError);
    expect(language).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      param: "language",
      code: "invalid_language_format",
    });
    expect(await send({ response_format: "yaml" })).toMatchObject({ status: 400, param: "response_format" });
    expect(await send({ temperature: 7 })).toMatchObject({ status: 400, param: "temperature" });
    expect(await send({ file: await toFile(Buffer.from("not audio"), "a.wav") })).toMatchObject({ status: 400 });
    expect(await failure(client.models.retrieve("fake_id"))).toBeInstanceOf(NotFoundError);
    const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "sk-wrong", maxRetries: 0 });
    const wrong = await send({}, stranger);
    expect(wrong).toBeInstanceOf(AuthenticationError);
    expect(wrong.code).toBe("invalid_api_key");
  });

  test("a bad file is sent once: no error of it invites the library to try again", async () => {
    const patient = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 3 });
    const count = () => server.metric('stt_transcriptions_total{dialect="openai",outcome="bad-audio"}');
    const before = await count();
    await send({ file: await toFile(Buffer.from("not audio"), "a.wav") }, patient);
    expect(await count()).toBe(before + 1);
  });
});
