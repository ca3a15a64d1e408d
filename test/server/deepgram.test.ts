/** Deepgram's REST API against the real server with real speech: what is asked for, what comes back, what is refused. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { resolve } from "node:path";
import { clip } from "../data.ts";
import { serveFile } from "../file-server.ts";
import { form, plainWords, samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const audio = readFileSync(speech.file);
const reference = plainWords(speech.transcript ?? "");
const key = "right-key-of-the-test";
/** For what is about anything but words. */
const silence = wav(Buffer.alloc(32_000));
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    VERBATIM_API_KEYS: key,
    VERBATIM_PRIVATE_NETWORKS: "127.0.0.0/8",
    VERBATIM_MAX_UPLOAD: "12MiB",
    VERBATIM_UPLOAD_TIMEOUT: "2s",
    VERBATIM_BASE_PATH: "/stt",
    VERBATIM_CORS_ORIGINS: "https://page.example",
  });
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => expect(server.spooled()).toEqual([]));

interface Word {
  word: string;
  start: number;
  end: number;
  confidence: number;
  punctuated_word?: string;
}

interface Reply {
  metadata: Record<string, unknown> & { request_id: string; warnings?: { parameter: string }[] };
  results: {
    channels: {
      alternatives: { transcript: string; confidence: number; words: Word[]; paragraphs?: { transcript: string } }[];
      detected_language?: string;
      search?: { hits: { snippet: string; start: number }[] }[];
      duration?: number;
    }[];
    utterances?: { transcript: string; channel: number; start: number }[];
  };
}

type Body = string | Uint8Array | FormData | Blob | ReadableStream;
type Refusal = [status: number, code: string, message: string];

interface Sent extends RequestInit {
  headers?: Record<string, string>;
  key?: string;
}

function send(query: string, body: Body | undefined = audio, { headers, key: by = key, ...more }: Sent = {}) {
  return fetch(`${server.url}/v1/listen${query}`, {
    method: "POST",
    ...(body === undefined ? {} : { body: body as string }),
    headers: { authorization: `Token ${by}`, ...headers },
    ...more,
  });
}

async function transcribed(query: string, body?: Body, sent?: Sent): Promise<Reply> {
  const response = await send(query, body, sent);
  const text = await response.text();
  expect([response.status, response.status === 200 ? "" : text]).toEqual([200, ""]);
  expect(response.headers.get("content-type")).toBe("application/json");
  const reply = JSON.parse(text) as Reply;
  expect(reply.metadata.request_id).toBe(response.headers.get("dg-request-id") as string);
  expect(reply.metadata.request_id).toMatch(UUID);
  return reply;
}

const first = ({ results }: Reply) => {
  const [alternative] = results.channels[0]?.alternatives ?? [];
  if (!alternative) throw new Error("no alternative");
  return alternative;
};

async function refused(response: Response): Promise<Refusal> {
  const body = (await response.json()) as { err_code: string; err_msg: string; request_id: string };
  expect(Object.keys(body)).toEqual(["err_code", "err_msg", "request_id"]);
  expect(body.request_id).toBe(response.headers.get("dg-request-id") as string);
  expect(body.request_id).toMatch(UUID);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(body.err_msg).not.toMatch(/\n| at |\/home\/|\/tmp\//);
  return [response.status, body.err_code, body.err_msg];
}

const CORRUPT: Refusal = [400, "Bad Request", "Bad Request: failed to process audio: corrupt or unsupported data"];
const NOT_JSON: Refusal = [
  400,
  "Bad Request",
  "Content-type was application/json, but we could not process the JSON payload.",
];

describe("a recording", () => {
  test("without any parameter: bare words, every fact, and an older server's fields", async () => {
    const reply = await transcribed("");
    const { transcript, words, confidence } = first(reply);
    expect(transcript).toBe(reference);
    expect(words.map(({ word }) => word).join(" ")).toBe(transcript);
    expect(words.every((word) => !("punctuated_word" in word) && word.end >= word.start)).toBe(true);
    expect(confidence).toBe(words.map((word) => word.confidence).sort((a, b) => a - b)[words.length >> 1] as number);
    expect(reply.metadata).toMatchObject({
      transaction_key: "deprecated",
      sha256: createHash("sha256").update(audio).digest("hex"),
      duration: 11,
      channels: 1,
      quantization: "8bit",
      sample_rate: 16_000,
      language: "en",
    });
    expect(reply as unknown).toMatchObject({ request_id: reply.metadata.request_id, model: "base.en-q8_0" });
    expect(reply.results.channels[0]?.duration).toBeCloseTo(words.at(-1)?.end ?? 0, 1);
  });

  test("formatted: punctuation, paragraphs, utterances, search, tags", async () => {
    const query =
      "?model=nova-3&language=en-US&smart_format=true&utterances=true&utt_split=0.5&search=country&tag=a&extra=k:v";
    const reply = await transcribed(query);
    const { transcript, words, paragraphs } = first(reply);
    expect(transcript).toMatch(/^And so.*country\.$/);
    expect(words.map((word) => word.punctuated_word).join(" ")).toBe(transcript);
    expect(paragraphs?.transcript.trim().replaceAll(/\s+/g, " ")).toBe(transcript);
    const { utterances = [] } = reply.results;
    expect(utterances.length).toBeGreaterThan(1);
    expect(utterances.map((one) => one.transcript).join(" ")).toBe(transcript);
    const hits = reply.results.channels[0]?.search?.[0]?.hits ?? [];
    expect(hits.slice(0, 2).map(({ snippet }) => snippet)).toEqual(["country", "country"]);
    expect(reply.metadata).toMatchObject({ tags: ["a"], extra: { k: "v" } });
    expect(reply).not.toHaveProperty("request_id");
  });

  test("whatever its type, of known length or not", async () => {
    for (const type of ["deepgram/audio+video", "application/octet-stream", "text/plain"])
      expect(first(await transcribed("", audio, { headers: { "content-type": type } })).transcript).toBe(reference);
    const chunked = new Blob([audio]).stream();
    expect(first(await transcribed("", chunked as never)).transcript).toBe(reference);
    const mp3 = readFileSync(clip("containers_jfk/jfk.mp3").file);
    expect(first(await transcribed("?punctuate=True", mp3)).transcript).toContain("Americans");
  });

  test("raw samples as their sender declares them; a container is read as what it is", async () => {
    const raw = samplesOf(speech.file);
    const declared = "?encoding=linear16&sample_rate=16000";
    expect(first(await transcribed(declared, raw)).transcript).toBe(reference);
    expect(first(await transcribed(declared, audio)).transcript).toBe(reference);
    const twice = Buffer.alloc(raw.length * 2);
    for (let i = 0; i < raw.length; i += 2) {
      twice.writeInt16LE(raw.readInt16LE(i), i * 2);
      twice.writeInt16LE(0, i * 2 + 2);
    }
    const both = await transcribed(`${declared}&channels=2&multichannel=true&utterances=true`, twice);
    expect(both.metadata.channels).toBe(2);
    expect(both.results.channels.map(({ alternatives }) => alternatives[0]?.transcript)).toEqual([reference, ""]);
    expect(both.results.utterances?.every(({ channel }) => channel === 0)).toBe(true);
    const mixed = await transcribed(`${declared}&channels=2`, twice);
    expect(mixed.results.channels.map(({ alternatives }) => alternatives[0]?.transcript)).toEqual([reference]);
  });

  test("what is not done here is said, not passed over", async () => {
    const reply = await transcribed("?diarize=true&topics=true&detect_language=true&sentiment=false");
    expect(reply.metadata.warnings?.map(({ parameter }) => parameter)).toEqual([
      "diarize",
      "topics",
      "detect_language",
    ]);
    expect(first(reply).words[0]).toMatchObject({ speaker: 0, speaker_confidence: 0 });
    expect(reply.results.channels[0]?.detected_language).toBe("en");
  });

  test("silence has an empty transcript", async () => {
    const { transcript, confidence, words } = first(await transcribed("", silence));
    expect([transcript, confidence, words]).toEqual(["", 0, []]);
  });
});

describe("a recording's URL", () => {
  const at = (url: unknown, more: object = {}, query = "?punctuate=true") =>
    send(query, JSON.stringify({ url, ...more }), { headers: { "content-type": "application/json; charset=utf-8" } });

  test("is fetched, also where it leads elsewhere; other keys mean nothing", async () => {
    using files = serveFile(audio);
    const reply = (await (await at(`${files.url}/a.wav`, { model: "nova-3", no_such: [1] })).json()) as Reply;
    expect(plainWords(first(reply).transcript)).toBe(reference);
    expect(reply.metadata.sha256).toBe(createHash("sha256").update(audio).digest("hex"));
    files.faults.push({ status: 302, location: "/b.wav" });
    expect((await at(`${files.url}/a.wav`)).status).toBe(200);
  });

  test("that gives nothing is the request's mistake", async () => {
    using files = serveFile(audio);
    const remote = async (url: unknown): Promise<unknown> => (await refused(await at(url))).slice(1);
    const failed = ["REMOTE_CONTENT_ERROR", "The remote server hosting the media failed to return valid data."];
    const says = (what: string) => [failed[0], `The remote server hosting the media ${what}`];
    files.faults.push({ status: 404 });
    expect(await remote(files.url)).toEqual(says("returned a client error: 404 Not Found."));
    files.faults.push({ status: 503 });
    expect(await remote(files.url)).toEqual(says("returned a server error: 503 Service Unavailable."));
    files.faults.push({ cutAfter: 1000 });
    expect(await remote(files.url)).toEqual(failed);
    files.faults.push(...Array.from({ length: 20 }, () => ({ status: 302, location: "/again" })));
    expect(await remote(files.url)).toEqual(says("redirected too many times."));
    files.faults.splice(0);
    expect(await remote("http://127.0.0.1:1/")).toEqual(failed);
    for (const url of ["nowhere", "ftp://127.0.0.1/a", "file:///etc/passwd", "http://"])
      expect(await remote(url)).toEqual([failed[0], "Could not parse URL as a URI."]);
    for (const url of ["http://10.0.0.1/a", "http://[::1]:1/", "http://169.254.169.254/latest"])
      expect(await remote(url)).toEqual([failed[0], "URL for media download must be publicly routable."]);
    files.faults.push({ content: Buffer.from("<html></html>") });
    expect(await refused(await at(files.url))).toEqual(CORRUPT);
    files.faults.push({ content: Buffer.alloc(13 << 20), unannounced: true });
    expect((await refused(await at(files.url))).slice(0, 2)).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  });

  test("has to stand in a JSON object, under a JSON type", async () => {
    const type = { "content-type": "application/json" };
    for (const body of ["", "{", "[]", "null", "{}", '{"url":1}', '"http://a"', `{"url":"${"x".repeat(70_000)}"}`])
      expect(await refused(await send("", body, { headers: type }))).toEqual(NOT_JSON);
    expect(await refused(await send("", '{"url":"http://a/b.wav"}'))).toEqual(CORRUPT);
  });
});

describe("what is refused", () => {
  test("bodies that are no audio", async () => {
    for (const body of ["", "hello", "<html></html>", Buffer.alloc(5000), audio.subarray(0, 20)])
      expect(await refused(await send("", body))).toEqual(CORRUPT);
    expect(await refused(await send("", form({ file: new Blob(["x"]) })))).toEqual(CORRUPT);
    const said = await send("", "hello");
    expect(said.headers.get("dg-error")).toBe(CORRUPT[2]);
    expect(said.headers.get("x-verbatim-detail")).toContain("text");
  });

  test("too much, announced or not", async () => {
    const large = Buffer.alloc(13 << 20);
    const limit: Refusal = [413, "PAYLOAD_TOO_LARGE", "Payload size exceeds limit of 12 MB."];
    expect(await refused(await send("", large))).toEqual(limit);
    expect(await refused(await send("", new Blob([large]).stream() as never))).toEqual(limit);
  });

  test("bad parameters, before anything is read", async () => {
    for (const [query, message] of [
      ["punctuate=perhaps", "Invalid 'punctuate' value of 'perhaps'."],
      ["diarize_model=v9", "Invalid 'diarize_model' value of 'v9'."],
      ["custom_topic=a&custom_topic_mode=some", "Invalid 'custom_topic_mode' value of 'some'."],
      ["redact=pii", "Invalid 'redact' value of 'pii'. This server cannot hide that."],
      ["encoding=linear16", "Failed to deserialize query parameters: missing field `sample_rate`"],
      ["model=a&model=b", "Failed to deserialize query parameters: duplicate field `model`"],
    ])
      expect(await refused(await send(`?${query}`, ""))).toEqual([400, "INVALID_QUERY_PARAMETER", message as string]);
    const keyterms = `?keyterm=${"word+".repeat(600)}`;
    expect((await refused(await send(keyterms, "")))[2]).toBe(
      "Keyterm limit exceeded. The maximum number of tokens across all keyterms is 500.",
    );
  });

  test("languages and models that are not here", async () => {
    for (const query of [
      "language=fr",
      "language=klingon",
      "model=flux-general-en",
      "model=base-q5_1",
      "detect_language=de",
    ]) {
      const [status, code, message] = await refused(await send(`?${query}`, ""));
      expect([query, status, code]).toEqual([query, 400, "Bad Request"]);
      expect(message).toStartWith("Bad Request: No such model/language/tier combination found.");
    }
    for (const model of ["nova-2-meeting", "whisper-large", "base", "general", "no-such-model", crypto.randomUUID()])
      expect((await send(`?model=${model}`, silence)).status).toBe(200);
  });

  test("no key, a wrong one; the scheme in any case", async () => {
    const wrong: Refusal = [401, "INVALID_AUTH", "Invalid credentials."];
    expect(await refused(await fetch(`${server.url}/v1/listen`, { method: "POST", body: audio }))).toEqual(wrong);
    expect(await refused(await send("", audio, { key: "wrong" }))).toEqual(wrong);
    for (const scheme of ["token", "TOKEN", "Bearer"])
      expect((await send("", silence, { headers: { authorization: `${scheme} ${key}` } })).status).toBe(200);
  });

  test("other methods, and a socket's path without a socket", async () => {
    const ask = (method: string, path: string) =>
      fetch(server.url + path, { method, headers: { authorization: `Token ${key}` } });
    expect((await refused(await ask("GET", "/v1/listen"))).slice(0, 2)).toEqual([426, "UPGRADE_REQUIRED"]);
    expect((await refused(await ask("DELETE", "/v1/listen"))).slice(0, 2)).toEqual([405, "METHOD_NOT_ALLOWED"]);
    expect((await refused(await ask("POST", "/v2/listen"))).slice(0, 2)).toEqual([405, "METHOD_NOT_ALLOWED"]);
    const speak = await ask("POST", "/v1/speak");
    expect([speak.status, ((await speak.json()) as { err_code: string }).err_code]).toEqual([404, "NOT_FOUND"]);
    expect(speak.headers.get("dg-request-id")).toMatch(UUID);
  });

  test("a client that leaves in the middle of its upload leaves nothing behind", async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const head = `POST /v1/listen HTTP/1.1\r\nhost: x\r\nauthorization: Token ${key}\r\ncontent-length: 9000000\r\n\r\n`;
    socket.write(head);
    socket.write(Buffer.alloc(8_000_000));
    await until(() => server.spooled()[0]);
    socket.destroy();
    await until(() => server.spooled().length === 0 || undefined);
    expect((await send("", silence)).status).toBe(200);
  });

  test("an upload of which nothing more comes, be it a recording or the URL of one; a slow one is waited for", async () => {
    const upload = async (bytes: Uint8Array, type: string, more: () => Promise<Uint8Array | undefined>) => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(bytes),
        async pull(controller) {
          const next = await more();
          if (next) controller.enqueue(next);
          else controller.close();
        },
      });
      return await send("", body, { headers: { "content-type": type } });
    };
    const never = () => new Promise<undefined>(() => {});
    for (const type of ["audio/wav", "application/json"])
      expect(await refused(await upload(audio.subarray(0, 9000), type, never))).toEqual([
        408,
        "SLOW_UPLOAD",
        "Request upload timeout.",
      ]);
    const rest = [100_000, 200_000, 300_000, audio.length].map((end, i, ends) =>
      audio.subarray(ends[i - 1] ?? 9000, end),
    );
    const slow = await upload(audio.subarray(0, 9000), "audio/wav", async () => {
      await Bun.sleep(700);
      return rest.shift();
    });
    expect(first((await slow.json()) as Reply).transcript).toBe(reference);
  });
});

describe("around it", () => {
  const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(server.url + path, { ...init, headers: { authorization: `Token ${key}`, ...init.headers } });
  const json = async (path: string, init?: RequestInit & { headers?: Record<string, string> }) => {
    const response = await ask(path, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test("a key for a while does work and makes no further keys", async () => {
    for (const body of [undefined, "", "{}", '{"ttl_seconds":null}'])
      expect(
        (await json("/v1/auth/grant", { method: "POST", ...(body === undefined ? {} : { body }) })).body,
      ).toMatchObject({ access_token: expect.stringMatching(/^ey/), expires_in: 30 });
    const { body } = await json("/v1/auth/grant", { method: "POST", body: '{"ttl_seconds":2}' });
    const granted = { authorization: `Bearer ${body.access_token}` };
    expect(body.expires_in).toBe(2);
    expect((await send("", silence, { headers: granted })).status).toBe(200);
    const again = await ask("/v1/auth/grant", { method: "POST", headers: granted });
    expect(await refused(again)).toEqual([403, "FORBIDDEN", "Insufficient permissions."]);
    await until(async () => (await send("", silence, { headers: granted })).status === 401 || undefined);
    for (const bad of ['{"ttl_seconds":0}', '{"ttl_seconds":3601}', '{"ttl_seconds":"30"}', "[]", "{"])
      expect((await json("/v1/auth/grant", { method: "POST", body: bad })).status).toBe(400);
  });

  test("the key, the project, the models, the status", async () => {
    const token = await json("/v1/auth/token");
    expect(token.body).toEqual({
      api_key_id: expect.stringMatching(UUID),
      scopes: ["usage:write"],
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    const projects = (await json("/v1/projects")).body.projects as { project_id: string }[];
    expect(projects).toEqual([{ project_id: expect.stringMatching(UUID), name: "Verbatim" } as never]);
    const project = `/v1/projects/${projects[0]?.project_id}`;
    expect((await json(project)).body).toEqual(projects[0] as never);
    const models = (await json("/v1/models?include_outdated=true")).body;
    expect(models).toMatchObject({ object: "list", tts: [] });
    const [model] = models.stt as { uuid: string; name: string }[];
    expect((await json(`/v1/models/${model?.uuid}`)).body).toEqual(model as never);
    expect((await json(`${project}/models`)).body).toEqual({ stt: models.stt, tts: [] });
    expect((await json(`${project}/models/${model?.uuid}`)).body).toEqual(model as never);
    for (const path of [project, "/v1"]) {
      const id = crypto.randomUUID();
      const message = `There is no model ${id}.`;
      expect(await json(`${path}/models/${id}`)).toMatchObject({
        status: 404,
        body: {
          err_code: "NOT_FOUND",
          err_msg: message,
          category: "NOT_FOUND",
          message,
          request_id: expect.any(String),
        },
      });
    }
    // OpenAI's clients find their own words in the same body.
    expect((await json("/v1/models/none")).body.error).toMatchObject({ code: "model_not_found", param: "model" });
    expect((await json(`/v1/projects/${crypto.randomUUID()}`)).body).toMatchObject({
      err_code: "PROJECT_NOT_FOUND",
      err_msg: "Project not found.",
      message: "Project not found.",
    });
    const badId = await ask("/v1/projects/nine");
    expect([badId.status, badId.headers.get("content-type")]).toEqual([404, "text/plain"]);
    expect(await badId.text()).toStartWith("UUID parsing failed: ");
    expect((await json("/v1/status")).body).toMatchObject({
      status: "ok",
      model: "base.en-q8_0",
      system_health: "Healthy",
      active_batch_requests: 0,
    });
    for (const path of [
      "/v1/projects",
      "/v1/models",
      "/v1/status",
      "/v1/status/engine",
      "/v1/auth/token",
      "/v1/projects/x",
    ])
      expect((await ask(path)).headers.get("dg-request-id")).toMatch(UUID);
    // Health checks have no key.
    expect((await fetch(`${server.url}/v1/status`)).status).toBe(200);
    const engine = await (await fetch(`${server.url}/v1/status/engine`)).text();
    expect(engine).toMatch(/^{"engine_connection_status":"Connected".*}$/);
    expect((await send(`?model=${model?.uuid}`, silence)).status).toBe(200);
  });

  test("golden: each path's answer, but for ids and times", async () => {
    const golden = resolve(import.meta.dir, "../../src/dialects/deepgram/golden/around.golden");
    const [project] = (await json("/v1/projects")).body.projects as [{ project_id: string }];
    for (const line of readFileSync(golden, "utf8").trim().split("\n")) {
      const [method = "", path = ""] = line.split(" ");
      const response = await ask(path.replace("{project}", project.project_id), { method });
      const body = (await response.text())
        // What else a developer has installed.
        .replace(/\{"name":"(?!base\.en-q8_0|Verbatim)[^}]*\},?/g, "")
        .replaceAll(/"ey[\w.-]+"/g, '"<jwt>"')
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
        .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/, '"<time>"')
        .replaceAll(/"\d{4}-\d\d-\d\d\.0"/g, '"<date>"')
        .replace(/"version":"\d+\.\d+\.\d+[^"]*"/, '"version":"<version>"');
      expect(`${method} ${path} ${response.status} ${body}`).toBe(line);
    }
  });

  test("everything is there under the base path, too", async () => {
    const response = await ask("/stt/v1/listen?punctuate=true", { method: "POST", body: audio });
    expect(plainWords(first((await response.json()) as Reply).transcript)).toBe(reference);
    expect((await ask("/stt//v1/projects")).status).toBe(200);
    expect((await ask("/sttx/v1/projects")).status).toBe(404);
    expect((await ask("/stt/health")).status).toBe(200);
  });

  test("a page may ask, and read the request's id", async () => {
    const origin = "https://page.example";
    const asked = "authorization,content-type,x-fern-language,x-deepgram-session-id";
    const preflight = await fetch(`${server.url}/v1/listen`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": asked },
    });
    expect(preflight.headers.get("access-control-allow-headers")).toBe(asked);
    const { headers } = await ask("/v1/projects", { headers: { origin } });
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-expose-headers")).toContain("dg-request-id");
  });
});

describe("callbacks", () => {
  interface Delivery {
    method: string;
    path: string;
    type: string | null;
    body: Record<string, unknown>;
  }

  function receiver() {
    const deliveries: Delivery[] = [];
    const listener = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        const { method, url, headers } = request;
        const body = (await request.json()) as Delivery["body"];
        deliveries.push({ method, path: new URL(url).pathname, type: headers.get("content-type"), body });
        return new Response();
      },
    });
    const url = `http://127.0.0.1:${listener.port}`;
    return { url, deliveries, [Symbol.dispose]: () => void listener.stop(true) };
  }

  test("deliver what a waiting client would have got, under the id that was told at once", async () => {
    using target = receiver();
    using files = serveFile(audio);
    const query = `?smart_format=true&tag=later&callback=${encodeURIComponent(`${target.url}/done`)}`;
    const accepted = await send(query);
    const body = (await accepted.json()) as Record<string, unknown>;
    expect([accepted.status, body]).toEqual([200, { request_id: accepted.headers.get("dg-request-id") }]);
    const put = await send(`${query}&callback_method=PUT`, JSON.stringify({ url: files.url }), {
      headers: { "content-type": "application/json" },
    });
    const later = (await put.json()) as Record<string, unknown>;
    await until(() => target.deliveries.length === 2 || undefined);
    const waited = await transcribed("?smart_format=true&tag=later");
    for (const [method, id] of [
      ["POST", body.request_id],
      ["PUT", later.request_id],
    ]) {
      const [delivery] = target.deliveries.filter((one) => one.method === method) as [Delivery];
      expect(delivery).toMatchObject({ path: "/done", type: "application/json" });
      const { metadata, results } = delivery.body as unknown as Reply;
      expect(results).toEqual(waited.results);
      expect({ ...metadata, created: "" }).toEqual({ ...waited.metadata, created: "", request_id: id as string });
    }
  });

  test("deliver the error of what cannot be transcribed", async () => {
    using target = receiver();
    const { request_id } = (await (await send(`?callback=${target.url}`, "no audio")).json()) as { request_id: string };
    await until(() => target.deliveries[0]);
    expect(target.deliveries[0]?.body).toEqual({ err_code: CORRUPT[1], err_msg: CORRUPT[2], request_id });
  });

  test("that can never be made are refused at once", async () => {
    for (const url of ["nowhere", "ws://127.0.0.1/", "http://10.0.0.1/", "http://169.254.169.254/"]) {
      const refusal = await refused(await send(`?callback=${encodeURIComponent(url)}`));
      expect([url, ...refusal]).toEqual([url, 400, "Bad Request", "Invalid callback url."]);
    }
    expect(await refused(await send("?callback=http://127.0.0.1:9/", ""))).toEqual(CORRUPT);
    const noUrl = await send("?callback=http://127.0.0.1:9/", "{}", {
      headers: { "content-type": "application/json" },
    });
    expect(await refused(noUrl)).toEqual(NOT_JSON);
  });
});

test("a strict server refuses what has no effect, and names that are not its own", async () => {
  await using strict = await startTestServer({ VERBATIM_STRICT_PARAMETERS: "true", VERBATIM_STRICT_MODEL: "true" });
  const ask = (query: string) => fetch(`${strict.url}/v1/listen?${query}`, { method: "POST", body: audio });
  expect(await refused(await ask("topics=true"))).toEqual([
    400,
    "INVALID_QUERY_PARAMETER",
    "'topics' is not supported by this server.",
  ]);
  expect((await refused(await ask("model=nova-3")))[0]).toBe(400);
  expect((await ask("model=base.en-q8_0")).status).toBe(200);
  // Without the setting no private address is asked, be it a recording's or a callback's.
  const body = JSON.stringify({ url: "http://127.0.0.1:1/" });
  const headers = { "content-type": "application/json" };
  const url = await fetch(`${strict.url}/v1/listen`, { method: "POST", body, headers });
  expect((await refused(url))[2]).toBe("URL for media download must be publicly routable.");
  expect((await refused(await ask("callback=http://127.0.0.1:1/")))[2]).toBe("Invalid callback url.");
});
