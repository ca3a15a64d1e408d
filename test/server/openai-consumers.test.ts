/** Requests of programs that people use with OpenAI's API, byte for byte as those send them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../data.ts";
import { plainWords, startTestServer, type TestServer } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const reference = plainWords(speech.transcript ?? "");
const recording = (name: string) => readFileSync(clip(`containers_jfk/${name}`).file);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

type Part = [head: string, value: string | Uint8Array];

/** A multipart body whose parts have exactly these heads. */
function multipart(boundary: string, parts: Part[]): Buffer {
  const pieces = parts.flatMap(([head, value]) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

const field = (name: string, value: string): Part => [`Content-Disposition: form-data; name="${name}"`, value];

async function send(
  parts: Part[],
  { path = "/v1/audio/transcriptions", boundary = "x", headers = {}, quoted = false } = {},
) {
  const type = `multipart/form-data; boundary=${quoted ? `"${boundary}"` : boundary}`;
  const response = await fetch(server.url + path, {
    method: "POST",
    body: multipart(boundary, parts) as never,
    headers: { "content-type": type, ...headers },
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    expect.stringMatching(/json|event-stream/),
  ]);
  return response;
}

const textOf = async (response: Response) => plainWords(((await response.json()) as { text: string }).text);

describe("Open WebUI", () => {
  test("names no type of its file, whatever that is", async () => {
    for (const name of ["jfk.wav", "jfk.mp3"]) {
      const id = crypto.randomUUID();
      const ending = name.split(".").at(-1);
      const response = await send(
        [
          field("model", "whisper-1"),
          field("language", "en"),
          [`Content-Disposition: form-data; name="file"; filename="${id}.${ending}"`, recording(name)],
        ],
        {
          boundary: "b3f9a1c2d4e5f60718293a4b5c6d7e8f",
          headers: { authorization: "Bearer ", "user-agent": "python-requests/2.32.5" },
        },
      );
      expect(await textOf(response)).toBe(reference);
    }
  });

  test("reads the message of an error, to send the request again without its language", async () => {
    const response = await fetch(`${server.url}/v1/audio/transcriptions`, {
      method: "POST",
      body: multipart("x", [
        field("model", "whisper-1"),
        field("language", "de"),
        ['Content-Disposition: form-data; name="file"; filename="a.wav"', recording("jfk.wav")],
      ]) as never,
      headers: { "content-type": "multipart/form-data; boundary=x" },
    });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toContain("knows English only");
  });
});

describe("Home Assistant", () => {
  test("its own integration sends a WAV file as bytes", async () => {
    const response = await send(
      [
        field("model", "gpt-4o-mini-transcribe"),
        field("language", "en"),
        field("prompt", "A speech of 1961."),
        field("response_format", "json"),
        [
          'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/x-wav',
          recording("jfk.wav"),
        ],
      ],
      {
        headers: {
          "user-agent": "AsyncOpenAI/Python 2.21.0",
          "x-stainless-lang": "python",
          "x-stainless-retry-count": "0",
          "x-stainless-read-timeout": "600",
        },
      },
    );
    expect(await textOf(response)).toContain("what your country can do for you");
  });

  test("the custom one looks its model up, and has empty fields and an empty key", async () => {
    const headers = { authorization: "Bearer " };
    expect((await fetch(`${server.url}/v1/models/whisper-1`, { headers })).status).toBe(200);
    const response = await send(
      [
        [
          'Content-Disposition: form-data; name="file"; filename="audio.wav"\r\nContent-Type: audio/wav',
          recording("jfk.wav"),
        ],
        field("model", "whisper-1"),
        field("language", "en"),
        field("prompt", ""),
        field("temperature", "0"),
        field("response_format", "json"),
      ],
      { headers },
    );
    expect(await textOf(response)).toBe(reference);
  });
});

describe("others", () => {
  test(".NET quotes no names, gives a path, and quotes a boundary of odd characters", async () => {
    const response = await send(
      [
        ["Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=model", "whisper-1"],
        [
          "Content-Disposition: form-data; name=file; filename=Assets\\audio.mp3; filename*=utf-8''Assets%5Caudio.mp3",
          recording("jfk.mp3"),
        ],
      ],
      { boundary: "=_o1TzHsBsqmE4hHGdgMZlzOTsVmyuJ'3ZyKLkFXwvL-kv==", quoted: true },
    );
    expect(await textOf(response)).toBe(reference);
  });

  test("a file that comes first, of a nameless kind, and every spelling of a list", async () => {
    for (const granularities of [
      [field("timestamp_granularities[]", "word"), field("timestamp_granularities[]", "segment")],
      [field("timestamp_granularities", "word,segment")],
      [field("timestamp_granularities[0]", "word"), field("timestamp_granularities[1]", "segment")],
    ]) {
      const response = await send([
        [
          'Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream',
          recording("jfk.wav"),
        ],
        ...granularities,
        field("response_format", "verbose_json"),
        field("vad_filter", "true"),
        field("hotwords", "country"),
      ]);
      const body = (await response.json()) as { words: unknown[]; segments: unknown[] };
      expect([body.words.length > 15, body.segments.length > 0]).toEqual([true, true]);
      expect(response.headers.get("x-verbatim-ignored")).toBe("vad_filter, hotwords");
    }
  });

  test("SubtitleEdit asks for both granularities of json, without a model, and reads events that have names", async () => {
    const file: Part = ['Content-Disposition: form-data; name="file"; filename="a.wav"', recording("jfk.wav")];
    const both = [field("timestamp_granularities[]", "segment"), field("timestamp_granularities[]", "word")];
    expect(await textOf(await send([file, field("response_format", "json"), ...both]))).toBe(reference);
    const stream = await send([file, field("response_format", "verbose_json"), field("stream", "true"), ...both]);
    const events = (await stream.text()).split("\r\n\r\n").filter(Boolean);
    expect(events.slice(0, -1).every((event) => event.startsWith("event: transcript.text."))).toBe(true);
    const done = JSON.parse(events.at(-2)?.split("data: ")[1] as string);
    expect(done.segments.length).toBeGreaterThan(0);
    expect(events.at(-1)).toBe("data: [DONE]");
  });

  test("tiflis-code's workstation: an empty key, a base address without /v1, free model names", async () => {
    for (const path of ["/audio/transcriptions", "/v1/audio/transcriptions", "//v1//audio/transcriptions"])
      for (const language of ["en", "auto"]) {
        const response = await send(
          [
            [
              'Content-Disposition: form-data; name="file"; filename="audio.m4a"\r\nContent-Type: audio/m4a',
              recording("jfk.mp3"),
            ],
            field("model", "large-v3"),
            field("language", language),
          ],
          { path, headers: { authorization: "Bearer " } },
        );
        expect(await textOf(response)).toBe(reference);
      }
    const { data } = (await (await fetch(`${server.url}/v1/models`)).json()) as {
      data: { id: string; created: number }[];
    };
    expect(data.length).toBeGreaterThan(3);
    const json = async (path: string) => (await (await fetch(server.url + path)).json()) as object;
    const facts = { status: "ok", service: "verbatim", model: "base.en-q8_0" };
    expect(await json("/")).toMatchObject(facts);
    expect(await json("/health")).toMatchObject({ ...facts, backend: "whisper.cpp" });
    // Its errors are FastAPI's; OpenAI's libraries read the other field.
    const empty = await fetch(`${server.url}/audio/transcriptions`, {
      method: "POST",
      body: multipart("x", [['Content-Disposition: form-data; name="file"; filename="a.wav"', ""]]) as never,
      headers: { "content-type": "multipart/form-data; boundary=x" },
    });
    const { detail, error } = (await empty.json()) as { detail: string; error: { message: string } };
    expect([empty.status, detail]).toEqual([400, error.message]);
    // Those who look which product this is find OpenAI's API and nothing else.
    for (const path of ["/v1/readyz", "/readyz", "/v1/test"]) expect((await fetch(server.url + path)).status).toBe(404);
  });
});
