/** Parakeet's service against the real server with real speech: its routes, its socket, and how both refuse. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../data.ts";
import { LiveClient } from "./live-client.ts";
import { form, plainWords, samplesOf, startTestServer, type TestServer, wav } from "./support.ts";

// Streams are paced, and this machine may be busy.
setDefaultTimeout(60_000);

const speech = clip("containers_jfk/jfk.wav");
const pcm = samplesOf(speech.file);
const silence = (seconds: number) => new Uint8Array(32_000 * seconds);
// Some encoders make `asked not` of it.
const spoken = /not what your country can do for you/;
/** So many times faster than it was said. */
const times = (faster: number) => ({ rate: faster * 32_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VERBATIM_PARAKEET_UNCHUNKED_LIMIT: "30" });
});
afterAll(() => server[Symbol.asyncDispose]());

const send = (fields: Record<string, string | Blob>, filename?: string) =>
  fetch(`${server.url}/transcribe`, { method: "POST", body: form(fields, filename) });
const recording = (path: string) => new Blob([readFileSync(clip(path).file)]);
const open = (path = "/ws?protocol=parakeet") => new LiveClient(`${server.url}${path}`).open();

interface Answer {
  text: string;
  timestamps: Record<"word" | "words" | "segment" | "segments" | "char" | "timestep", Item[]> | null;
}

const answered = async (answer: Response) => (await answer.json()) as Answer;

interface Refusal {
  detail: string | object[];
  error: { code: string; param: string | null };
}

interface Item {
  word?: string;
  text: string;
  start: number;
  end: number;
  start_offset: number;
  end_offset: number;
}

describe("a recording", () => {
  test("has a text, and null where its times would be", async () => {
    const answer = await send({ file: recording("containers_jfk/jfk.wav") });
    expect(answer.status).toBe(200);
    const body = await answered(answer);
    expect(Object.keys(body)).toEqual(["text", "timestamps"]);
    expect(body.text).toMatch(spoken);
    expect(body.timestamps).toBeNull();
  });

  test.each(["jfk.mp3", "jfk.m4a", "jfk.ogg", "jfk.webm"])("%s is read", async (name) => {
    const answer = await send({ file: recording(`containers_jfk/${name}`), should_chunk: "No" }, name);
    expect((await answered(answer)).text).toMatch(spoken);
  });

  test("has the times of its words and segments under both of their names", async () => {
    const answer = await send({ file: recording("containers_jfk/jfk.wav"), include_timestamps: "True" });
    const { text, timestamps } = await answered(answer);
    if (timestamps === null) throw new Error("there are no times");
    expect(Object.keys(timestamps)).toEqual(["word", "words", "segment", "segments", "char", "timestep"]);
    expect(timestamps.word).toEqual(timestamps.words);
    expect(timestamps.segment).toEqual(timestamps.segments);
    const { words, segments } = timestamps;
    expect(words.map((one) => one.text).join(" ")).toBe(text);
    for (const [i, one] of words.entries()) {
      expect(one.word).toBe(one.text);
      expect(one.start).toBeGreaterThanOrEqual(words[i - 1]?.start ?? 0);
      expect(one.end).toBeGreaterThanOrEqual(one.start);
      expect(one.start_offset).toBe(Math.round(one.start / 0.08));
      expect(one.end).toBeLessThan(speech.seconds + 0.1);
    }
    expect(segments.map((one) => one.text).join(" ")).toBe(text);
  });

  test("has them on OpenAI's paths too, for who sends Parakeet's fields; others see nothing of it", async () => {
    const file = recording("containers_jfk/jfk.wav");
    const at = async (path: string, fields: Record<string, string>) =>
      answered(await fetch(`${server.url}${path}`, { method: "POST", body: form({ file, ...fields }) }));
    const whole = await at("/v1/audio/transcriptions", { include_timestamps: "true" });
    expect(whole.timestamps?.word.map((one) => one.text).join(" ")).toBe(whole.text);
    expect(await at("/audio/transcriptions", { should_chunk: "true" })).toHaveProperty("timestamps", null);
    expect(await at("/v1/audio/transcriptions", {})).not.toHaveProperty("timestamps");
  });

  test("of nothing said has an empty text", async () => {
    const answer = await send({ file: wav(silence(3)), include_timestamps: "1" });
    const { text, timestamps } = await answered(answer);
    expect([text, timestamps?.words, timestamps?.segments]).toEqual(["", [], []]);
  });

  test("that may not be cut has a limit, which cutting has not", async () => {
    const long = wav(pcm, pcm, pcm);
    const refused = await send({ file: long, should_chunk: "false" });
    expect(refused.status).toBe(413);
    expect(((await refused.json()) as Refusal).detail).toContain("should_chunk=true");
    const { text } = await answered(await send({ file: long }));
    // Twenty-two words each.
    expect(plainWords(text).split(" ").length).toBeGreaterThan(55);
  });
});

describe("a refusal", () => {
  const refusal = async (answer: Response) => {
    const { detail, error } = (await answer.json()) as Refusal;
    return { status: answer.status, detail, code: error.code, param: error.param };
  };

  test("of a form without a file names the field, as FastAPI does", async () => {
    expect(await refusal(await send({ should_chunk: "true" }))).toEqual({
      status: 422,
      detail: [{ type: "missing", loc: ["body", "file"], msg: "Field required", input: null }],
      code: "missing",
      param: "file",
    });
  });

  test("of a word that is no truth value", async () => {
    const { status, detail } = await refusal(await send({ file: wav(silence(1)), include_timestamps: "perhaps" }));
    expect(status).toBe(422);
    expect(detail[0]).toMatchObject({ type: "bool_parsing", loc: ["body", "include_timestamps"] });
  });

  test("of what is no audio", async () => {
    const { status, detail } = await refusal(await send({ file: new Blob(["hello, hello"]) }, "hello.wav"));
    expect(status).toBe(415);
    expect(detail).toStartWith("Invalid audio format: ");
  });

  test("of a body that is no form, and of another method", async () => {
    for (const body of ["hello", undefined]) {
      const raw = await fetch(`${server.url}/transcribe`, { method: "POST", ...(body === undefined ? {} : { body }) });
      expect(await refusal(raw)).toMatchObject({ status: 422, detail: [{ type: "missing", loc: ["body", "file"] }] });
    }
    const got = await fetch(`${server.url}/transcribe`);
    expect(got.headers.get("allow")).toBe("POST");
    expect(await refusal(got)).toMatchObject({ status: 405, detail: "Method Not Allowed" });
  });
});

test("the health check answers without a key, the configuration only with one", async () => {
  expect(await (await fetch(`${server.url}/healthz`)).text()).toBe('{"status":"ok"}');
  const cfg = await (await fetch(`${server.url}/debug/cfg`)).json();
  expect(cfg as string).toStartWith('model:\n  name: "base.en-q8_0"\n');
  await using locked = await startTestServer({ VERBATIM_API_KEYS: "k1" });
  expect((await fetch(`${locked.url}/healthz`)).status).toBe(200);
  const refused = await fetch(`${locked.url}/debug/cfg`);
  expect(refused.status).toBe(401);
});

describe("the socket", () => {
  test("says that an utterance is queued, and then its text; nothing of silence", async () => {
    const client = await open();
    await client.speak(silence(2), times(4));
    // Their page's pieces.
    await client.speak(pcm, { piece: 2048, ...times(4) });
    await client.speak(silence(2), times(4));
    await client.hear(({ text }) => spoken.test(String(text)) || /do for your country/.test(String(text)));
    const finals = client.told.filter(({ type }) => type === "final");
    expect(plainWords(finals.map(({ text }) => text).join(" "))).toContain("ask not what your country can do for you");
    for (const one of finals) expect(Object.keys(one)).toEqual(["type", "text", "is_final"]);
    for (const one of client.told) if (one.type !== "final") expect<object>(one).toEqual({ status: "queued" });
    let queued = 0;
    for (const { status, type } of client.told) {
      if (status === "queued") queued++;
      if (type === "final") expect(--queued).toBeGreaterThanOrEqual(0);
    }
    client.leave();
  });

  test("takes frames of any size and odd bytes, and says partials when asked", async () => {
    const client = await open("/parakeet/ws?partials=1");
    await client.speak(pcm, { piece: 777, ...times(4) });
    client.tell({ type: "stop" });
    await client.hear(({ type, text }) => type === "final" && /for your country\W?$/.test(String(text)));
    expect(client.told.some(({ type, is_final }) => type === "partial" && is_final === false)).toBe(true);
    client.leave();
  });

  test("takes a recording in pieces, of whatever format", async () => {
    const client = await open("/parakeet/ws");
    await client.speak(new Uint8Array(readFileSync(clip("containers_jfk/jfk.ogg").file)), { piece: 4000 });
    client.tell({ type: "stop" });
    await client.hear(({ text }) => /country/.test(String(text)));
    client.leave();
  });

  test("passes over text that means nothing", async () => {
    const client = await open();
    client.tell("hello");
    client.tell({ type: "start" });
    await client.speak(pcm, times(8));
    client.tell({ type: "stop" });
    await client.hear(({ type }) => type === "final");
    client.leave();
  });

  test("closes on a message that is too long and on what cannot be decoded", async () => {
    const long = await open();
    long.tell("x".repeat(70_000));
    expect((await long.closed).code).toBe(1009);
    const broken = await open();
    broken.send(Buffer.concat([Buffer.from("\x1aE\xdf\xa3", "latin1"), Buffer.alloc(100_000, 7)]));
    expect((await broken.closed).code).toBe(1003);
  });

  test("is refused where the protocol is none", async () => {
    const answer = await fetch(`${server.url}/ws?protocol=morse`, {
      headers: {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": `${"x".repeat(22)}==`,
      },
    });
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as Refusal).detail).toBe("protocol is handy or parakeet.");
  });

  test("says what is left when the server stops", async () => {
    await using stopped = await startTestServer();
    const client = await new LiveClient(`${stopped.url}/parakeet/ws`).open();
    await client.speak(pcm, times(8));
    const code = stopped.end();
    expect((await client.closed).code).toBe(1001);
    expect(plainWords(client.told.map(({ text }) => text ?? "").join(" "))).toContain("for your country");
    expect(await code).toBe(0);
  });
});
