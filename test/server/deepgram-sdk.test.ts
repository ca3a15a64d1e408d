/** Deepgram's own JavaScript libraries of three generations and the AI SDK's, against the real server: only the base URL is changed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createReadStream, readFileSync } from "node:fs";
import { createDeepgram } from "@ai-sdk/deepgram";
import { DeepgramClient, DeepgramError } from "@deepgram/sdk";
import { transcribe } from "ai";
import { CallbackUrl as CallbackUrl3, createClient as createClient3 } from "deepgram-sdk-3";
import { CallbackUrl as CallbackUrl4, createClient as createClient4 } from "deepgram-sdk-4";
import { clip } from "../data.ts";
import { serveFile } from "../file-server.ts";
import { plainWords, samplesOf, startTestServer, type TestServer, until } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const wav = readFileSync(speech.file);
const reference = plainWords(speech.transcript ?? "");
const apiKey = "right-key-of-the-test";
const options = { model: "nova-3", smart_format: true, utterances: true } as const;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    VERBATIM_API_KEYS: apiKey,
    VERBATIM_PRIVATE_NETWORKS: "127.0.0.0/8",
    VERBATIM_BASE_PATH: "/stt",
    VERBATIM_QUEUE_SECONDS: "1",
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Somebody who is called back. */
function receiver() {
  const bodies: { metadata: { request_id: string } }[] = [];
  const listener = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      bodies.push((await request.json()) as (typeof bodies)[number]);
      return new Response();
    },
  });
  return {
    url: `http://127.0.0.1:${listener.port}/done`,
    bodies,
    [Symbol.dispose]: () => void listener.stop(true),
  };
}

/** Holds the server's only place with a longer recording, until it is let go. */
async function occupy(): Promise<{ release(): Promise<void> }> {
  const samples = samplesOf(speech.file);
  const stop = new AbortController();
  const running = fetch(`${server.url}/v1/listen?encoding=linear16&sample_rate=16000`, {
    method: "POST",
    body: Buffer.concat(Array.from({ length: 4 }, () => samples)),
    headers: { authorization: `Token ${apiKey}` },
    signal: stop.signal,
  }).catch(() => {});
  const queued = () => server.metric("stt_queue_audio_seconds");
  await until(async () => (await queued()) > 1 || undefined);
  return {
    async release() {
      stop.abort();
      await running;
      await until(async () => (await queued()) === 0 || undefined);
    },
  };
}

describe.each([
  ["3.13", createClient3, CallbackUrl3],
  ["4.11", createClient4 as unknown as typeof createClient3, CallbackUrl4 as unknown as typeof CallbackUrl3],
])("@deepgram/sdk %s", (_, createClient, CallbackUrl) => {
  const connect = (key = apiKey, path = "") => createClient(key, { global: { url: server.url + path } });
  const prerecorded = (key?: string, path?: string) => connect(key, path).listen.prerecorded;
  const textOf = (answer: Awaited<ReturnType<ReturnType<typeof prerecorded>["transcribeFile"]>>) => {
    if (answer.error) throw answer.error;
    return plainWords(answer.result.results.channels[0]?.alternatives[0]?.transcript ?? "");
  };

  test("a buffer, a stream, a URL, and a base path", async () => {
    using files = serveFile(wav);
    expect(textOf(await prerecorded().transcribeFile(wav, options))).toBe(reference);
    expect(textOf(await prerecorded().transcribeFile(createReadStream(speech.file), options))).toBe(reference);
    expect(textOf(await prerecorded().transcribeUrl({ url: files.url }, options))).toBe(reference);
    expect(textOf(await prerecorded(apiKey, "/stt/").transcribeFile(wav, options))).toBe(reference);
  });

  test("what its types promise", async () => {
    const { result } = await prerecorded().transcribeFile(wav, { ...options, search: ["country"], tag: ["a"] });
    const { metadata, results } = result ?? { metadata: undefined, results: undefined };
    expect(metadata).toMatchObject({ channels: 1, duration: 11, tags: ["a"], models: [expect.any(String)] });
    expect(results?.utterances?.[0]).toMatchObject({ channel: 0, id: expect.any(String) });
    expect(results?.channels[0]?.search?.[0]?.hits.length).toBeGreaterThan(0);
    expect(results?.channels[0]?.alternatives[0]?.paragraphs?.paragraphs[0]?.sentences[0]?.text).toBeTruthy();
  });

  test("a callback", async () => {
    using target = receiver();
    using files = serveFile(wav);
    const file = await prerecorded().transcribeFileCallback(wav, new CallbackUrl(target.url), options);
    const url = await prerecorded().transcribeUrlCallback({ url: files.url }, new CallbackUrl(target.url), options);
    expect([file.error, url.error]).toEqual([null, null]);
    await until(() => target.bodies.length === 2 || undefined);
    const ids = [file, url].map(({ result }) => result?.request_id);
    expect(target.bodies.map(({ metadata }) => metadata.request_id).sort()).toEqual(ids.sort() as string[]);
  });

  test("a wrong key, a bad parameter, a busy server: one request each", async () => {
    const refusal = async (answer: Promise<{ error: unknown; result: unknown }>) => {
      const { error, result } = await answer;
      expect(result).toBeNull();
      const { status, message } = error as { status: number; message: string };
      return { status, ...(JSON.parse(message) as { err_code: string; err_msg: string }) };
    };
    expect(await refusal(prerecorded("wrong").transcribeFile(wav, options))).toMatchObject({
      status: 401,
      err_code: "INVALID_AUTH",
    });
    expect(await refusal(prerecorded().transcribeFile(wav, { punctuate: "perhaps" as never }))).toMatchObject({
      status: 400,
      err_code: "INVALID_QUERY_PARAMETER",
      err_msg: "Invalid 'punctuate' value of 'perhaps'.",
    });
    const busy = await occupy();
    expect(await refusal(prerecorded().transcribeFile(wav, options))).toMatchObject({
      status: 429,
      err_code: "TOO_MANY_REQUESTS",
    });
    await busy.release();
  });

  test("the key and the project", async () => {
    const { manage } = connect();
    expect((await manage.getTokenDetails()).result).toMatchObject({ scopes: ["usage:write"] });
    const { result } = await manage.getProjects();
    expect((await manage.getProject(result?.projects[0]?.project_id ?? "")).result?.name).toBe("Verbatim");
    const { result: models } = await connect().models.getAll();
    expect(models?.stt?.map(({ name }) => name)).toContain("base.en-q8_0");
  });

  test("a key for a while", async () => {
    const { auth } = connect() as unknown as {
      auth: { grantToken(): Promise<{ result: { access_token: string; expires_in: number } }> };
    };
    const { result } = await auth.grantToken();
    expect(result.expires_in).toBe(30);
    const response = await fetch(`${server.url}/v1/projects`, {
      headers: { authorization: `Bearer ${result.access_token}` },
    });
    expect(response.status).toBe(200);
  });
});

describe("@deepgram/sdk 5", () => {
  const connect = (key = apiKey, path = "", more: object = {}) =>
    new DeepgramClient({ apiKey: key, baseUrl: server.url + path, ...more });
  const textOf = (answer: object) => {
    const { results } = answer as { results: { channels: { alternatives: { transcript: string }[] }[] } };
    return plainWords(results.channels[0]?.alternatives[0]?.transcript ?? "");
  };
  const thrown = async (request: PromiseLike<unknown>): Promise<DeepgramError> => {
    const error = await Promise.resolve(request).then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(DeepgramError);
    return error as DeepgramError;
  };

  test("a buffer, a stream, a URL, and a base path with and without its slash", async () => {
    using files = serveFile(wav);
    const { media } = connect().listen.v1;
    expect(textOf(await media.transcribeFile(wav, options))).toBe(reference);
    expect(textOf(await media.transcribeFile(createReadStream(speech.file), options))).toBe(reference);
    expect(textOf(await media.transcribeUrl({ url: files.url, ...options }))).toBe(reference);
    for (const path of ["/stt", "/stt/"])
      expect(textOf(await connect(apiKey, path).listen.v1.media.transcribeFile(wav, options))).toBe(reference);
  });

  test("lists, numbers and extras", async () => {
    const answer = await connect().listen.v1.media.transcribeFile(wav, {
      model: "nova-3",
      keyterm: ["fellow Americans"],
      search: ["country", "ask not"],
      redact: ["pci", "ssn"],
      utterances: true,
      utt_split: 0.5,
      extra: ["session:7"],
    } as never);
    expect(answer).toMatchObject({
      metadata: { extra: { session: "7" } },
      results: { channels: [{ search: [{ query: "country" }, { query: "ask not" }] }] },
    });
  });

  test("a callback", async () => {
    using target = receiver();
    const accepted = await connect().listen.v1.media.transcribeFile(wav, { ...options, callback: target.url });
    const { request_id } = accepted as { request_id: string };
    await until(() => target.bodies[0]);
    expect(target.bodies[0]?.metadata.request_id).toBe(request_id);
  });

  test("a wrong key and a bad parameter are errors of its own kind, with the request's id", async () => {
    const wrong = await thrown(connect("wrong").listen.v1.media.transcribeFile(wav, options));
    expect(wrong).toMatchObject({ statusCode: 401, body: { err_code: "INVALID_AUTH" } });
    const bad = await thrown(connect().listen.v1.media.transcribeFile(wav, { punctuate: "perhaps" as never }));
    expect(bad).toMatchObject({ statusCode: 400, body: { err_msg: "Invalid 'punctuate' value of 'perhaps'." } });
    const { request_id } = bad.body as { request_id: string };
    expect((bad as { requestId?: string }).requestId).toBe(request_id);
  });

  test("a busy server is asked again and answers in the end; bad audio is sent once", async () => {
    const refusals = () => server.metric('stt_http_requests_total{route="/v1/listen",method="POST",status="429"}');
    const before = await refusals();
    const busy = await occupy();
    const { media } = connect().listen.v1;
    const waiting = media.transcribeFile(wav, options, { maxRetries: 5 });
    await until(async () => (await refusals()) > before || undefined);
    await busy.release();
    expect(textOf(await waiting)).toBe(reference);
    const count = () => server.metric('stt_transcriptions_total{dialect="deepgram",outcome="bad-audio"}');
    const failures = await count();
    const bad = await thrown(media.transcribeFile(Buffer.from("no audio"), options, { maxRetries: 3 }));
    expect([bad.statusCode, await count()]).toEqual([400, failures + 1]);
  });

  test("a key for a while, projects, models", async () => {
    const client = connect();
    const { access_token, expires_in } = await client.auth.v1.tokens.grant({ ttl_seconds: 60 });
    expect(expires_in).toBe(60);
    const page = new DeepgramClient({ accessToken: access_token, baseUrl: server.url });
    expect(textOf(await page.listen.v1.media.transcribeFile(wav, options))).toBe(reference);
    expect(await thrown(page.auth.v1.tokens.grant())).toMatchObject({ statusCode: 403 });
    const { projects = [] } = await client.manage.v1.projects.list();
    expect(projects[0]?.name).toBe("Verbatim");
    const { stt = [] } = await client.manage.v1.models.list();
    expect(stt.map(({ name }) => name)).toContain("base.en-q8_0");
    expect(await client.manage.v1.models.get(stt[0]?.uuid ?? "")).toMatchObject({ name: stt[0]?.name as string });
  });
});

describe("@ai-sdk/deepgram", () => {
  const connect = (key = apiKey) =>
    createDeepgram({
      apiKey: key,
      fetch: ((url: string, init: RequestInit) =>
        fetch(url.replace("https://api.deepgram.com", server.url), init)) as typeof fetch,
    });

  test("a transcription with its own spellings of options", async () => {
    const { text, segments, durationInSeconds } = await transcribe({
      model: connect().transcription("nova-3"),
      audio: wav,
      providerOptions: { deepgram: { smartFormat: true, redact: ["pci", "ssn"], detectLanguage: false } },
    });
    expect([plainWords(text), durationInSeconds]).toEqual([reference, 11]);
    expect(segments.length).toBe(reference.split(" ").length);
  });

  test("a wrong key has our sentence", async () => {
    const failed = transcribe({ model: connect("wrong").transcription("nova-3"), audio: wav, maxRetries: 0 });
    await expect(failed).rejects.toThrow("Invalid credentials.");
  });
});
