/** The OpenAI dialect over a real connection, with real speech. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../data.ts";
import { form, plainWords, samplesOf, startTestServer, type TestServer, wav } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const audio = new Blob([readFileSync(speech.file)]);
const reference = plainWords(speech.transcript ?? "");
const silence = wav(new Uint8Array(3 * 32_000));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (fields: Parameters<typeof form>[0], path = "/v1/audio/transcriptions", filename?: string) =>
  fetch(server.url + path, { method: "POST", body: form({ model: "whisper-1", ...fields }, filename) });

describe("formats", () => {
  test("json", async () => {
    const response = await post({ file: audio });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(response.headers.get("x-request-id")).toBeTruthy();
    expect(response.headers.get("x-verbatim-model")).toBe("base.en-q8_0");
    const body = (await response.json()) as { text: string };
    expect(body).toEqual({ text: body.text, usage: { type: "duration", seconds: 11 } } as never);
    expect(plainWords(body.text)).toBe(reference);
  });

  test("text, srt and vtt have OpenAI's type and tails", async () => {
    const shapes = {
      text: /^\S[^\n]*\n$/,
      srt: /^(\d+\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n.+\n\n)+\n$/,
      vtt: /^WEBVTT\n\n(\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}\n.+\n\n)+$/,
    };
    const answers = Object.entries(shapes).map(
      async ([response_format, shape]) => [await post({ file: audio, response_format }), shape] as const,
    );
    for (const [response, shape] of await Promise.all(answers)) {
      expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      const body = await response.text();
      expect(body).toMatch(shape);
      expect(plainWords(body.replace(/^(WEBVTT|\d+|.* --> .*)$/gm, ""))).toBe(reference);
    }
  });

  test("verbose_json with words", async () => {
    const response = await post({
      file: audio,
      response_format: "verbose_json",
      "timestamp_granularities[]": ["word", "segment"],
    });
    // biome-ignore lint/suspicious/noExplicitAny: what a client gets
    const body: any = await response.json();
    expect(Object.keys(body)).toEqual(["task", "language", "duration", "text", "segments", "words", "usage"]);
    expect(body).toMatchObject({ task: "transcribe", language: "english", duration: 11 });
    for (const segment of body.segments)
      expect(Object.keys(segment)).toEqual([
        "id",
        "seek",
        "start",
        "end",
        "text",
        "tokens",
        "temperature",
        "avg_logprob",
        "compression_ratio",
        "no_speech_prob",
      ]);
    expect(
      body.segments
        .map(({ text }: { text: string }) => text)
        .join("")
        .trim(),
    ).toBe(body.text);
    expect(plainWords(body.words.map(({ word }: { word: string }) => word).join(" "))).toBe(reference);
    let before = 0;
    for (const { start, end } of body.words) {
      expect(start).toBeGreaterThanOrEqual(before);
      expect(end).toBeGreaterThanOrEqual(start);
      before = start;
    }
    expect(before).toBeLessThan(11);
  });

  test("silence is an empty text, not an invented one", async () => {
    expect(await (await post({ file: silence })).json()).toEqual({ text: "", usage: { type: "duration", seconds: 3 } });
    expect(await (await post({ file: silence, response_format: "srt" })).text()).toBe("\n");
  });

  test("a translation has no usage", async () => {
    const body = (await (await post({ file: audio }, "/v1/audio/translations")).json()) as { text: string };
    expect(Object.keys(body)).toEqual(["text"]);
    expect(plainWords(body.text)).toBe(reference);
    const verbose = await post({ file: audio, response_format: "verbose_json" }, "/v1/audio/translations");
    expect(await verbose.json()).toMatchObject({ task: "translate", language: "english" });
  });
});

describe("stream=true", () => {
  const events = async (response: Response) =>
    (await response.text())
      .split("\r\n\r\n")
      .filter((block) => block.includes("data: "))
      .map((block) => block.slice(block.indexOf("data: ") + 6))
      .map((data) => (data === "[DONE]" ? data : JSON.parse(data)));

  test("deltas add up to the last event's text", async () => {
    const response = await post({ file: audio, stream: "true", "include[]": "logprobs" });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const all = await events(response);
    expect(all.at(-1)).toBe("[DONE]");
    const done = all.at(-2);
    const deltas = all.slice(0, -2);
    expect(deltas.map(({ delta }) => delta).join("")).toBe(done.text);
    expect(plainWords(done.text)).toBe(reference);
    expect(done.usage).toEqual({ type: "duration", seconds: 11 });
    const spelled = done.logprobs.map(({ token }: { token: string }) => token).join("");
    expect(spelled.trim()).toBe(done.text);
    expect(deltas.flatMap(({ logprobs }) => logprobs)).toEqual(done.logprobs);
  });

  test("silence ends with an empty text and no delta", async () => {
    expect(await events(await post({ file: silence, stream: "true" }))).toMatchObject([
      { type: "transcript.text.done", text: "" },
      "[DONE]",
    ]);
  });

  test("a file that is none still gets its own status", async () => {
    const response = await post({ file: new Blob(["no audio at all"]), stream: "true" });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty("error.type", "invalid_request_error");
  });
});

describe("uploads as clients send them", () => {
  const textOf = async (response: Response) => {
    const body = (await response.json()) as { text: string };
    expect([response.status, body]).toEqual([200, body]);
    return plainWords(body.text);
  };

  test("without /v1, with doubled slashes", async () => {
    const paths = ["/audio/transcriptions", "//v1//audio/transcriptions", "/v1/audio/transcriptions/"];
    const texts = await Promise.all(paths.map(async (path) => textOf(await post({ file: audio }, path))));
    expect(texts).toEqual(paths.map(() => reference));
  });

  test("in pieces, without Content-Length, the file first", async () => {
    const whole = new Response(form({ file: audio, model: "whisper-1", response_format: "json" }));
    const type = whole.headers.get("content-type") ?? "";
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (let at = 0; at < bytes.length; at += 50_000) {
          controller.enqueue(bytes.slice(at, at + 50_000));
          await Bun.sleep(1);
        }
        controller.close();
      },
    });
    const headers = { "content-type": type };
    const response = await fetch(`${server.url}/v1/audio/transcriptions`, { method: "POST", body, headers });
    expect(await textOf(response)).toBe(reference);
  });

  test("names, types and file names say nothing: the bytes do", async () => {
    const names = ["blob", "upload", "", "Assets\\audio.mp3", "x.txt"];
    const texts = await Promise.all(names.map(async (name) => textOf(await post({ file: audio }, undefined, name))));
    expect(texts).toEqual(names.map(() => reference));
  });

  test("any model's name, any language's spelling, and what has no effect is named", async () => {
    const models = ["gpt-4o-mini-transcribe", "Systran/faster-whisper-large-v3", "something-else"];
    const texts = await Promise.all(models.map(async (model) => textOf(await post({ file: audio, model }))));
    expect(texts).toEqual(models.map(() => reference));
    const response = await post({ file: audio, language: "English", vad_filter: "true", hotwords: "x" });
    expect(response.headers.get("x-verbatim-ignored")).toBe("vad_filter, hotwords");
    expect(await textOf(response)).toBe(reference);
  });

  test("a large file goes through the spool and leaves nothing there", async () => {
    const long = new Blob([wav(samplesOf(speech.file)), new Uint8Array(6 << 20)]);
    expect(await textOf(await post({ file: long }))).toBe(reference);
    expect(server.spooled()).toEqual([]);
  });
});

describe("models", () => {
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return { status: response.status, body: (await response.json()) as { id: string; data: { id: string }[] } };
  };

  test("the list has OpenAI's names and ours, and each can be looked up", async () => {
    const { body } = await get("/v1/models");
    expect(body).toMatchObject({ object: "list" });
    const ids = body.data.map(({ id }) => id);
    expect(ids).toContain("whisper-1");
    expect(ids).toContain("base.en-q8_0");
    for (const id of ids)
      expect((await get(`/v1/models/${encodeURIComponent(id)}`)).body).toMatchObject({ id, object: "model" });
  });

  test("slashes in a name, encoded or not; an unknown name is 404", async () => {
    const id = "Systran/faster-whisper-base.en";
    expect((await get(`/v1/models/${id}`)).body.id).toBe(id);
    expect((await get(`/models/${encodeURIComponent(id)}`)).body.id).toBe(id);
    const unknown = await get("/v1/models/fake_id");
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({
      error: {
        message: "The model 'fake_id' does not exist",
        type: "invalid_request_error",
        param: "model",
        code: "model_not_found",
      },
    } as never);
  });

  test("a name that is a path opens no file", async () => {
    for (const id of ["/etc/passwd", "../../../etc/passwd", "%2Fetc%2Fpasswd"])
      expect((await get(`/v1/models/${id}`)).status).toBe(404);
  });
});
