/** Models fetched, made and deleted through the OpenAI dialect. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import OpenAI, { NotFoundError, PermissionDeniedError } from "openai";
import { clip } from "../data.ts";
import { serveFile } from "../file-server.ts";
import { form, plainWords, startTestServer, type TestServer, until } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const audio = new Blob([readFileSync(speech.file)]);
const files = serveFile(new Uint8Array(1000));

let server: TestServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startTestServer({ VERBATIM_HF_ENDPOINT: files.url });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
});
afterAll(async () => {
  files[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const post = (body: string, headers: Record<string, string> = {}, to = server) =>
  fetch(`${to.url}/v1/models/pull`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
const pull = (model: unknown, headers?: Record<string, string>, to?: TestServer) =>
  post(JSON.stringify({ model }), headers, to);
const ids = async () => (await client.models.list()).data.map(({ id }) => id);

describe("pull and delete", () => {
  const made = "base.en-q5_1";

  test("a quantisation is made of the weights that are here, used, and deleted", async () => {
    expect(await ids()).not.toContain(made);
    const response = await pull(made);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const steps = (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(steps.map(({ status }) => status)).toContain("quantizing");
    const last = steps.at(-1);
    expect(last).toEqual({ model: made, status: "success", completed: last.total, total: last.total });
    expect(await ids()).toContain(made);

    const heard = await fetch(`${server.url}/v1/audio/transcriptions`, {
      method: "POST",
      body: form({ model: made, file: audio }),
    });
    expect(heard.headers.get("x-verbatim-model")).toBe(made);
    expect(plainWords(((await heard.json()) as { text: string }).text)).toContain("what your country can do for you");

    // What is here already is no work; as events, for those who ask for them.
    const again = await pull(made, { accept: "text/event-stream" });
    expect(again.headers.get("content-type")).toStartWith("text/event-stream");
    expect(await again.text()).toMatch(
      /^data: \{"model":"base\.en-q5_1","status":"success".*\}\r\n\r\ndata: \[DONE\]\r\n\r\n$/,
    );

    expect(await client.models.delete(made)).toEqual({ id: made, object: "model", deleted: true });
    expect(await ids()).not.toContain(made);
    expect(server.engines()).toHaveLength(1);
    expect(await client.models.delete(made).catch((thrown) => thrown)).toBeInstanceOf(NotFoundError);
  });

  test("a download that fails after it began says so in its last line", async () => {
    const text = await (await pull("tiny.en")).text();
    const { error } = JSON.parse(text.trimEnd().split("\n").at(-1) as string);
    expect(error).toMatchObject({ type: "invalid_request_error", code: "model_not_found" });
    expect(error.message).toContain("is not the model");
  });

  test("a client that leaves ends its download", async () => {
    const connections = files.requests.length;
    files.faults.push({ content: new Uint8Array(77_704_715), stallAfter: 5_000_000 });
    const leaving = new AbortController();
    const response = await fetch(`${server.url}/v1/models/pull`, {
      method: "POST",
      body: JSON.stringify({ model: "tiny.en" }),
      headers: { "content-type": "application/json" },
      signal: leaving.signal,
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    expect(JSON.parse(new TextDecoder().decode(value).split("\n")[0] as string)).toMatchObject({
      status: "downloading",
    });
    expect(files.requests).toHaveLength(connections + 1);
    // A request is logged when its work is over.
    const logged = () => server.log().filter(({ route }) => route === "/v1/models/pull").length;
    const before = logged();
    leaving.abort();
    await until(() => logged() > before || undefined);
  });
});

describe("what is refused", () => {
  const error = async (response: Response) => ({
    status: response.status,
    ...((await response.json()) as { error: Record<string, unknown> }).error,
  });

  test("unknown models, and bodies that say nothing", async () => {
    expect(await error(await pull("nonsense"))).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
    expect(await error(await pull("tiny.enn"))).toMatchObject({ message: expect.stringContaining("'tiny.en'") });
    expect(await error(await pull(7))).toMatchObject({ status: 404, param: "model" });
    expect(await error(await post("{}"))).toMatchObject({ status: 400, code: "missing_required_parameter" });
    for (const body of ["{", "[]", "7"])
      expect(await error(await post(body))).toMatchObject({ status: 400, code: null });
    // A page of another site may send a form without asking, and may not start a download with it.
    expect(await error(await post('{"model":"tiny.en"}', { "content-type": "text/plain" }))).toMatchObject({
      status: 400,
    });
  });

  test("the default model, and models that are not the server's", async () => {
    const refusal = (id: string) => client.models.delete(id).catch((thrown) => thrown);
    for (const id of ["base.en-q8_0", "base.en"]) expect(await refusal(id)).toBeInstanceOf(PermissionDeniedError);
    for (const id of ["whisper-1", "../../etc/passwd", "a/b"]) expect(await refusal(id)).toBeInstanceOf(NotFoundError);
  });

  test("everything, where the owner says so, and to holders of short-lived keys", async () => {
    const key = "a-key-of-some-length";
    await using strict = await startTestServer({
      VERBATIM_MANAGE_MODELS: "never",
      VERBATIM_API_KEYS: key,
      VERBATIM_STRICT_PARAMETERS: "true",
    });
    const headers = { authorization: `Bearer ${key}` };
    expect(await error(await pull("tiny.en", headers, strict))).toMatchObject({ status: 403 });
    const gone = await fetch(`${strict.url}/v1/models/base.en`, { method: "DELETE", headers });
    expect(await error(gone)).toMatchObject({ status: 403, type: "invalid_request_error" });

    const body = form({ file: audio, vad_filter: "true" });
    const ignored = await fetch(`${strict.url}/v1/audio/transcriptions`, { method: "POST", headers, body });
    expect(await error(ignored)).toMatchObject({ status: 400, code: "unknown_parameter", param: "vad_filter" });

    const secret = await fetch(`${server.url}/v1/realtime/client_secrets`, { method: "POST" });
    const { value } = (await secret.json()) as { value: string };
    expect(await error(await pull("tiny.en", { authorization: `Bearer ${value}` }))).toMatchObject({ status: 403 });
  });
});
