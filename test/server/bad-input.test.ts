/** What people and programs send by mistake: each gets OpenAI's error object, a fitting status, and leaves nothing behind. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { clip } from "../data.ts";
import { form, samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav").file;
const audio = new Blob([readFileSync(speech)]);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VERBATIM_MAX_UPLOAD: "12MiB" });
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => expect(server.spooled()).toEqual([]));

interface Failure {
  status: number;
  error: { message: string; type: string; param: string | null; code: string | null };
}

const path = "/v1/audio/transcriptions";

async function failure(
  body: FormData | string | ReadableStream,
  headers: Record<string, string> = {},
): Promise<Failure> {
  const response = await fetch(server.url + path, { method: "POST", body, headers });
  expect(response.headers.get("x-request-id")).toBeTruthy();
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  const { error } = (await response.json()) as Failure;
  expect(Object.keys(error).sort()).toEqual(["code", "message", "param", "type"]);
  // No stack, no path of ours.
  expect(error.message).not.toMatch(/\n| at |\/home\/|\/tmp\//);
  return { status: response.status, error };
}

const refused = (fields: Parameters<typeof form>[0]) => failure(form(fields));

describe("the form", () => {
  const invalid = { type: "invalid_request_error" };

  test("no file, a file that is text, two files", async () => {
    expect(await refused({ model: "whisper-1" })).toMatchObject({
      status: 400,
      error: { ...invalid, param: "file", code: "missing_required_parameter" },
    });
    expect(await refused({ file: "RIFF..." })).toMatchObject({ status: 400, error: { ...invalid, param: "file" } });
    const two = form({ file: audio });
    two.append("file", audio, "b.wav");
    expect(await failure(two)).toMatchObject({ status: 400, error: { ...invalid, param: "file" } });
  });

  test("bad values", async () => {
    const cases: [string, string, string][] = [
      ["response_format", "yaml", "response_format"],
      ["response_format", "diarized_json", "response_format"],
      ["temperature", "7", "temperature"],
      ["temperature", "NaN", "temperature"],
      ["language", "this should cause an error", "language"],
      ["timestamp_granularities[]", "phrase", "timestamp_granularities"],
      ["include[]", "everything", "include"],
      ["stream", "perhaps", "stream"],
      ["chunking_strategy", "{}", "chunking_strategy"],
    ];
    for (const [name, value, param] of cases)
      expect(await refused({ file: audio, [name]: value })).toMatchObject({
        status: 400,
        error: { ...invalid, param },
      });
  });

  test("a language that the model does not know says what to do", async () => {
    const { status, error } = await refused({ file: audio, language: "de" });
    expect(status).toBe(400);
    expect(error.param).toBe("language");
    expect(error.message).toContain("verbatim models pull");
  });

  test("JSON, nothing, and broken multipart", async () => {
    const json = { "content-type": "application/json" };
    const multipart = { "content-type": "multipart/form-data; boundary=x" };
    for (const [body, headers] of [
      ['{"file":"..."}', json],
      ["", multipart],
      ["hello", multipart],
      ["hello", { "content-type": "multipart/form-data" }],
      ['--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF', multipart],
      [`--x\r\nX-Long: ${"a".repeat(40_000)}`, multipart],
      ["-".repeat(100_000), multipart],
    ] as const)
      expect(await failure(body, headers)).toMatchObject({ status: 400, error: { ...invalid, code: null } });
  });
});

describe("the audio", () => {
  const bad = { status: 400, error: { type: "invalid_request_error" } };
  const file = (bytes: string | Buffer) => refused({ file: new Blob([bytes as never]) });
  const whole = readFileSync(speech);

  test("empty, text, a header alone, a header cut off", async () => {
    for (const bytes of ["", "not audio", "ID3", whole.subarray(0, 20), Buffer.alloc(5000, 0x41)])
      expect(await file(bytes)).toMatchObject(bad);
  });

  test("shorter than the API allows", async () => {
    expect(await refused({ file: wav(samplesOf(speech).subarray(0, 640)) })).toMatchObject({
      ...bad,
      error: { ...bad.error, param: "file", code: "audio_too_short" },
    });
    expect(await refused({ file: wav() })).toMatchObject(bad);
  });

  test("random bytes after a right beginning never are a failure of the server", async () => {
    for (const magic of ["RIFF\0\0\0\0WAVEfmt ", "ID3\x04\0\0\0\0\0\0", "fLaC", "OggS\0\x02", "\0\0\0\x18ftypM4A "]) {
      const noise = Buffer.concat([Buffer.from(magic, "latin1"), crypto.getRandomValues(Buffer.alloc(30_000))]);
      const response = await fetch(server.url + path, { method: "POST", body: form({ file: new Blob([noise]) }) });
      expect([200, 400]).toContain(response.status);
      await response.text();
    }
  });
});

describe("too much", () => {
  const tooLarge = { status: 413, error: { code: null, param: null } };

  test("a length that is declared is refused before it is sent", async () => {
    const answer = await raw(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 99999999\r\n\r\n`,
    );
    expect(answer).toStartWith("HTTP/1.1 413 ");
    expect(answer).toContain('"error"');
  });

  test("13 MiB where 12 is the limit, with a length and without", async () => {
    const large = new Blob([new Uint8Array(13 << 20)]);
    expect(await refused({ file: large })).toMatchObject(tooLarge);
    const type = "multipart/form-data; boundary=x";
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n')),
      pull(controller) {
        sent++;
        controller.enqueue(new Uint8Array(1 << 20));
        if (sent === 60) controller.close();
      },
    });
    expect(await failure(endless, { "content-type": type })).toMatchObject(tooLarge);
  });

  test("a giant text field", async () => {
    expect(await refused({ file: audio, prompt: "x".repeat(9 << 20) })).toMatchObject(tooLarge);
  });
});

describe("the connection", () => {
  test("a client that leaves during its upload leaves nothing behind", async () => {
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
    const before = await server.metric(
      'stt_http_requests_total{route="/v1/audio/transcriptions",method="POST",status="499"}',
    );
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 11000000\r\n\r\n${head}`,
    );
    socket.write(Buffer.alloc(10_000_000));
    await until(() => server.spooled().length === 1 || undefined);
    socket.destroy();
    await until(() => server.spooled().length === 0 || undefined);
    await until(
      async () =>
        (await server.metric('stt_http_requests_total{route="/v1/audio/transcriptions",method="POST",status="499"}')) >
          before || undefined,
    );
  });

  test("unknown paths, methods and heads that are none", async () => {
    const unknown = await fetch(`${server.url}/v1/nope`, { method: "POST" });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({
      error: { message: "Invalid URL (POST /v1/nope)", type: "invalid_request_error", param: null, code: null },
      err_code: "NOT_FOUND",
      err_msg: expect.any(String),
      request_id: unknown.headers.get("x-request-id"),
    });
    const wrong = await fetch(server.url + path);
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await wrong.json()).toMatchObject({ error: { code: "method_not_supported" } });
    expect(await raw("nonsense\r\n\r\n")).toStartWith("HTTP/1.1 400 ");
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});

/** What the server answers to these bytes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(""));
  });
}
