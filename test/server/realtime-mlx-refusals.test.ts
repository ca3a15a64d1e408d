/** Realtime MLX STT's API where something is wrong: keys, strangers' sessions, no microphone, bytes that are no audio, sockets that misbehave. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAudio } from "../../src/audio/open.ts";
import { openLog } from "../../src/log/log.ts";
import { clip } from "../data.ts";
import { LiveClient, type Told } from "./live-client.ts";
import { samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

const keys = ["first-key-of-the-test", "second-key-of-the-test"] as const;
const samples = samplesOf(clip("containers_jfk/jfk.wav").file);
const data = mkdtempSync(join(tmpdir(), "verbatim-profiles-"));
const settings = {
  VERBATIM_API_KEYS: keys.join(","),
  VERBATIM_DATA_DIR: data,
  VERBATIM_CORS_ORIGINS: "http://localhost:3000",
};

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(settings);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown, key: string = keys[0]) {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown> & { data: Record<string, string> },
  };
}

const listen = (key: string = keys[0], path = "/api/v1/ws") =>
  new LiveClient(server.url + path, { headers: { authorization: `Bearer ${key}` } }).open();
const is = (event: string) => (told: Told) => told.event === event;
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const shape = {
  error: expect.any(String),
  details: expect.any(String),
  detail: expect.anything(),
  timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
};

/** A recording's samples at 16 kHz. */
async function decoded(path: string): Promise<number[]> {
  const spool = { create: () => Promise.reject(new Error("not needed")) };
  const audio = openAudio({ ffmpeg: {}, spool }, openLog({ level: "error", format: "json", write: () => {} }));
  const { blocks } = await audio.openMedia({ path }, { channels: "mono" });
  const all: number[] = [];
  for await (const [block = new Float32Array()] of blocks) for (const sample of block) all.push(sample);
  await audio.close();
  return all;
}

test("a key is wanted, in the page's shape, but for /health", async () => {
  for (const [method, path] of [
    ["GET", "/api/v1/system/status"],
    ["POST", "/api/v1/system/start"],
    ["GET", "/transcription/status"],
  ] as const) {
    const refused = await ask(method, path, undefined, "wrong-key-of-the-test");
    expect(refused).toEqual({ status: 401, body: { ...shape, status_code: 401 } as never });
  }
  const handshake = await fetch(`${server.url}/api/v1/ws`, {
    headers: {
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  expect([handshake.status, ((await handshake.json()) as { status_code: number }).status_code]).toEqual([401, 401]);
  for (const path of ["/api/v1/ws", "/ws"])
    for (const name of ["token", "access_token"]) {
      const named = await new LiveClient(`${server.url}${path}?${name}=${keys[0]}`).open();
      named.leave(1000);
      await named.closed;
      const wrong = new LiveClient(`${server.url}${path}?${name}=wrong-key-of-the-test`);
      expect((await wrong.closed).code).not.toBe(1000);
    }
  // Requests have headers for it.
  expect((await fetch(`${server.url}/api/v1/system/status?token=${keys[0]}`)).status).toBe(401);
  const browser = await new LiveClient(`${server.url}/api/v1/ws`, { protocols: ["token", keys[0]] }).open();
  expect(await browser.hear(is("system_status"))).toMatchObject({ running: false });
  const health = (await (await fetch(`${server.url}/health`)).json()) as Record<string, unknown>;
  expect(health).toMatchObject({
    status: "ok",
    version: expect.any(String),
    connections: 1,
    uptime: expect.any(Number),
  });
  browser.leave(1000);
});

test("pages of allowed origins may ask", async () => {
  const preflight = (origin: string) =>
    fetch(`${server.url}/api/v1/system/start`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
  const allowed = await preflight("http://localhost:3000");
  expect(allowed.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
  expect((await preflight("http://evil.example")).headers.has("access-control-allow-origin")).toBe(false);
});

test("a server without a microphone says so", async () => {
  const refused = await ask("POST", "/api/v1/system/start", { profile: "vad-triggered" });
  expect(refused).toEqual({ status: 500, body: { ...shape, status_code: 500 } as never });
  expect(refused.body.error).toStartWith("Error starting system: ");
  expect(refused.body.error).toMatch(/microphone/i);
  for (const base of ["/api/v1", ""]) {
    const session = await ask("POST", `${base}/transcription/sessions`, { source: "microphone" });
    expect(session.status).toBe(500);
  }
  expect((await ask("GET", "/api/v1/system/status")).body).toMatchObject({ running: false, active_features: [] });
});

test("without a microphone or its wake word the original begins all the same, and leaves out what it lacks", async () => {
  const client = await listen();
  const profiles = [
    ["vad-triggered", {}, ["voice_activity_detection", "transcription"], /audio_capture.*microphone/i],
    [
      "wake-word",
      { wake_word: { words: ["abracadabra"] } },
      ["audio_capture", "voice_activity_detection", "transcription"],
      /wake_word_detection.*abracadabra/,
    ],
  ] as const;
  for (const [profile, custom_config, active_features, why] of profiles) {
    const started = await ask("POST", "/system/start", { profile, custom_config });
    expect(started).toMatchObject({ status: 200, body: { data: { started: true, profile, active_features } } });
    expect(started.body.data.warnings).toEqual([expect.stringMatching(why)] as never);
    expect((await ask("GET", "/system/status")).body).toMatchObject({ running: true, state: "deaf", active_features });
  }
  await client.hear((told) => told.event === "system_status" && told.state === "deaf");
  expect((await ask("POST", "/api/v1/system/start", { profile: "vad-triggered" })).status).toBe(409);
  expect((await ask("POST", "/api/v1/system/stop")).status).toBe(200);
  expect((await ask("POST", "/system/stop")).status).toBe(200);
  client.leave(1000);
});

test("what a start asks for must be so", async () => {
  for (const [custom_config, path] of [
    [{ vad: { sensitivity: 7 } }, "custom_config.vad.sensitivity must be between 0.0 and 1.0, got 7"],
    [{ vad: { detector_type: "ears" } }, "custom_config.vad.detector_type must be webrtc or silero or combined"],
    [{ transcription: { language: "klingon" } }, "no language 'klingon'"],
    [{ wake_word: { enabled: true, words: ["abracadabra"] } }, "no wake word"],
    [{ audio: {} }, "Unknown field: custom_config.audio"],
  ] as const) {
    const { status, body } = await ask("POST", "/api/v1/system/start", { profile: "vad-triggered", custom_config });
    expect([status, String(body.error)]).toEqual([400, expect.stringContaining(path)]);
  }
  expect((await ask("POST", "/api/v1/system/start", { profile: "zz" })).body).toMatchObject({
    error: "Profile not found: zz",
    status_code: 404,
  });
  for (const [body, item] of [
    [{}, { type: "missing", loc: ["body", "profile"], msg: "Field required" }],
    [undefined, { type: "missing", loc: ["body"], msg: "Field required" }],
    ["{", { type: "json_invalid", loc: ["body"], msg: "JSON decode error" }],
    ["[]", { type: "model_attributes_type", loc: ["body"] }],
    [{ profile: 7 }, { type: "string_type", loc: ["body", "profile"], msg: "Input should be a valid string" }],
    [
      { profile: "x", custom_config: [] },
      { type: "dict_type", loc: ["body", "custom_config"] },
    ],
  ] as const) {
    expect((await ask("POST", "/api/v1/system/start", body)).status).toBe(400);
    const original = await ask("POST", "/system/start", body);
    expect([original.status, original.body.detail]).toEqual([422, [expect.objectContaining(item)]]);
  }
});

test("paths and methods that there are not", async () => {
  for (const base of ["/api/v1", ""]) {
    for (const [method, path] of [
      ["PUT", "/system/start"],
      ["GET", "/transcription/transcribe"],
    ] as const)
      expect((await ask(method, base + path)).body as object).toEqual({
        ...shape,
        ...{ status_code: 405, detail: "Method Not Allowed", error: "Method Not Allowed" },
      });
    expect((await ask("GET", `${base}/system/nothing`)).body as object).toEqual({
      ...shape,
      ...{ status_code: 404, detail: "Not Found", error: "Not Found" },
    });
  }
  expect(await ask("GET", "/api/v1/nothing")).toMatchObject({ status: 404, body: { error: "Not Found" } });
});

test("what cannot be saved or deleted is told in the original's words, and why beside them", async () => {
  for (const [method, path, body, status, error] of [
    ["POST", "/system/profiles", { name: "vad-triggered", config: {} }, 400, "Could not save profile: vad-triggered"],
    ["POST", "/system/profiles", { name: "a/b", config: {} }, 400, "Could not save profile: a/b"],
    ["POST", "/api/v1/system/profiles/wake-word", {}, 400, "Could not save profile: wake-word"],
    ["DELETE", "/system/profiles/none", undefined, 400, "Could not delete profile: none"],
    ["DELETE", "/system/profiles/wake-word", undefined, 400, "Could not delete profile: wake-word"],
    ["DELETE", "/api/v1/system/profiles/none", undefined, 404, "Could not delete profile: none"],
  ] as const) {
    const refused = await ask(method, path, body);
    expect([refused.status, refused.body.detail, refused.body.error]).toEqual([status, error, error]);
    expect(refused.body.details).not.toBe(error);
  }
});

test("a profile that the disk does not take is refused in each description's own way, and the owner is told why", async () => {
  const file = join(data, "no-folder");
  writeFileSync(file, "");
  await using broken = await startTestServer({ VERBATIM_REALTIME_MLX_PROFILES_DIR: file });
  const save = (path: string, body: object) => fetch(broken.url + path, { method: "POST", body: JSON.stringify(body) });
  for (const [path, status] of [
    ["/system/profiles", 400],
    ["/api/v1/system/profiles", 500],
  ] as const) {
    const refused = await save(path, { name: "x", config: {} });
    expect(refused.status).toBe(status);
    const body = (await refused.json()) as Record<string, unknown>;
    expect(body).toEqual({ ...shape, status_code: status, detail: "Could not save profile: x" });
    expect(JSON.stringify(body)).not.toContain(data);
  }
  const told = JSON.stringify(broken.log().filter(({ level }) => level === "error"));
  expect(told.match(/ENOTDIR|EEXIST/g)?.length).toBeGreaterThanOrEqual(2);
});

test("saved profiles are there after a restart", async () => {
  const config = { vad: { sensitivity: 0.8 } };
  await ask("POST", "/api/v1/system/profiles/kept", config);
  await ask("POST", "/system/profiles", { name: "anything", config: { a: { b: 1 } } });
  expect(await server.end()).toBe(0);
  await server[Symbol.asyncDispose]();
  server = await startTestServer(settings);
  expect((await ask("GET", "/api/v1/system/profiles/kept")).body as object).toEqual({ name: "kept", config });
  expect((await ask("GET", "/api/v1/system/profiles")).body.profiles).toEqual([
    "anything",
    "kept",
    "vad-triggered",
    "wake-word",
  ]);
});

describe("audio", () => {
  const transcribe = (body: object, key?: string) => ask("POST", "/api/v1/transcription/transcribe", body, key);

  test("that is none is refused", async () => {
    for (const [body, words] of [
      [{ audio_data: "§§§" }, "Invalid base64"],
      [{ audio_data: "abc" }, "Invalid"],
      [{ audio_data: "" }, "there is none"],
      [{ audio_data: base64(samples.subarray(0, 32_001)) }, "32001 bytes"],
      [{ audio_data: base64(samples.subarray(0, 32_000)), sample_rate: 7 }, "sample rate"],
      [{ audio_data: base64(samples.subarray(0, 32_000)), speed: 2 }, "speed"],
      [{ audio_data: 7 }, "audio_data"],
      [{}, "audio_data"],
    ] as const) {
      const { status, body: answer } = await transcribe(body);
      expect([status, String(answer.error)]).toEqual([400, expect.stringContaining(words)]);
    }
    const original = await ask("POST", "/transcription/audio", { audio_data: "§" });
    expect([original.status, original.body.detail]).toEqual([400, "Invalid base64 audio data"]);
    // A wrong length passes there.
    expect(
      (await ask("POST", "/transcription/audio", { audio_data: base64(samples.subarray(0, 32_001)) })).status,
    ).toBe(200);
    expect((await ask("POST", "/transcription/audio", {})).status).toBe(422);
  });

  test("whose file says another rate than the request is believed, with a warning", async () => {
    const client = await listen();
    const file = Buffer.from(await wav(samples.subarray(0, 96_000)).bytes());
    const { body } = await transcribe({ audio_data: base64(file), sample_rate: 44_100 });
    expect(body.data.warnings).toEqual([expect.stringContaining("44100 Hz")] as never);
    expect(await client.hear(is("warning"))).toMatchObject({ message: expect.stringContaining("44100 Hz") });
    client.leave(1000);
  });

  test("that comes at the pace of another rate than was declared is warned of", async () => {
    const client = await listen();
    client.tell({ event: "configure", sample_rate: 16_000 });
    const cd = new Uint8Array(44_100 * 2 * 6);
    await client.speak(cd, { piece: 4410, rate: 88_200 });
    expect(await client.hear(is("warning"))).toMatchObject({
      code: "sample-rate",
      message: expect.stringContaining("44100 Hz"),
    });
    client.leave(1000);
  });

  test("that sounds like another rate than was declared is warned of, however fast it comes", async () => {
    const client = await listen();
    const speech = await decoded(clip("librispeech_test_other/1688-142285-0002.flac").file);
    // Sampled more often, between two samples on the line that joins them.
    const cd = Int16Array.from({ length: Math.floor(((speech.length - 1) / 16_000) * 44_100) }, (_, i) => {
      const at = (i * 16_000) / 44_100;
      const before = speech[Math.floor(at)] ?? 0;
      return 32_767 * (before + (at % 1) * ((speech[Math.floor(at) + 1] ?? 0) - before));
    });
    const bytes = new Uint8Array(cd.buffer, 0, 16_000 * 2 * 6);
    const { body } = await transcribe({ audio_data: base64(bytes), sample_rate: 16_000 });
    expect(body.data.warnings).toEqual([expect.stringContaining("too slowly")] as never);
    client.send(bytes);
    expect(await client.hear(is("warning"))).toMatchObject({ message: expect.stringContaining("too slowly") });
    const right = await transcribe({ audio_data: base64(samples) });
    expect(right.body.data.warnings).toBeUndefined();
    client.leave(1000);
  });

  test("of another client is out of reach, and so is what is said in it", async () => {
    const mine = await listen(keys[0]);
    const theirs = await listen(keys[1]);
    const { body } = await ask("POST", "/api/v1/transcription/sessions", { session_id: "s", language: "en" });
    expect(body.data.session_id).toBe("s");
    expect((await ask("POST", "/api/v1/transcription/sessions", { session_id: "s" })).status).toBe(409);
    const audio_data = base64(samples.subarray(0, 32_000 * 4));
    expect((await transcribe({ audio_data, session_id: "s" }, keys[1])).status).toBe(404);
    expect((await ask("DELETE", "/api/v1/transcription/sessions/s", undefined, keys[1])).status).toBe(404);
    expect((await ask("GET", "/api/v1/transcription/status", undefined, keys[1])).body.sessions).toEqual([]);
    expect((await transcribe({ audio_data, session_id: "s", is_final: true })).body.data.text).toMatch(
      /fellow americans/i,
    );
    await mine.hear((told) => told.event === "transcription" && told.is_final === true);
    expect(theirs.told.filter(({ event }) => event !== "system_status")).toEqual([]);
    expect((await ask("DELETE", "/api/v1/transcription/sessions/s")).body.data.text).toMatch(/fellow americans/i);
    expect((await ask("DELETE", "/api/v1/transcription/sessions/s")).status).toBe(404);
    for (const one of [mine, theirs]) one.leave(1000);
  });

  test("may have a hundred sessions: the one that was used longest ago makes room", async () => {
    const active = (count: number) =>
      until(async () => ((await server.metric("stt_sessions_active")) === count ? true : undefined));
    // Clients of other tests have gone; their last words may still be on their way.
    await active(0);
    const begin = (i: number) => ask("POST", "/api/v1/transcription/sessions", { session_id: `${i}` });
    await begin(0);
    await Promise.all(Array.from({ length: 100 }, (_, i) => begin(i + 1)));
    const { sessions } = (await ask("GET", "/api/v1/transcription/status")).body;
    expect(sessions).toHaveLength(100);
    expect(sessions).not.toContain("0");
    await active(100);
    await Promise.all(Array.from({ length: 100 }, (_, i) => ask("DELETE", `/api/v1/transcription/sessions/${i + 1}`)));
    await active(0);
  });
});

describe("a body", () => {
  const paths = [
    "/api/v1/transcription/transcribe",
    "/transcription/audio",
    "/api/v1/system/start",
    "/system/profiles",
  ];

  test.each(paths)(
    "of a gigabyte is refused before it is sent, also where its length is not said: %s",
    async (path) => {
      const declared = await answerTo(path, "content-length: 1073741824");
      expect(declared.sent).toBe(0);
      const before = memory();
      const chunked = await answerTo(path, "transfer-encoding: chunked");
      for (const { answer } of [declared, chunked]) {
        expect(answer).toStartWith("HTTP/1.1 413 ");
        expect(JSON.parse(answer.slice(answer.indexOf("{")))).toEqual({ ...shape, status_code: 413 });
      }
      // 64 MiB are read of audio, and what else there is then.
      expect(memory() - before).toBeLessThan(256);
    },
  );

  test.each(["/api/v1/transcription/transcribe", "/transcription/audio"])(
    "waits for others when together they would hold too much: %s",
    async (path) => {
      await using small = await startTestServer({ VERBATIM_UPLOAD_MEMORY: "8MiB" });
      const send = (body: string | ReadableStream<Uint8Array>) => fetch(small.url + path, { method: "POST", body });
      // A minute of silence: 8 MiB hold it once, as text and as bytes.
      const text = JSON.stringify({ audio_data: base64(Buffer.alloc(60 * 32_000)) });
      const finish: (() => void)[] = [];
      const halves = [0, 1].map((i) =>
        send(
          new ReadableStream<Uint8Array>({
            start(controller) {
              controller.enqueue(Buffer.from(text.slice(0, -1)));
              finish[i] = () => {
                controller.enqueue(Buffer.from(text.slice(-1)));
                controller.close();
              };
            },
          }),
        ).then((answer) => ({ answer, i })),
      );
      const { answer, i } = await Promise.race(halves);
      expect(answer.status).toBe(429);
      expect(answer.headers.get("retry-after")).toBe("5");
      expect((await answer.json()) as object).toEqual({ ...shape, status_code: 429 });
      finish[1 - i]?.();
      expect((await halves[1 - i])?.answer.status).toBe(200);
      expect((await send(text)).status).toBe(200);
    },
  );

  test("that is nested without end is refused, and costs nothing", async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    for (const [path, body] of [
      ["/api/v1/system/profiles/deep", deep],
      ["/api/v1/system/start", `{"profile":"vad-triggered","custom_config":{"vad":${deep}}}`],
      ["/api/v1/system/start", "[".repeat(500_000)],
    ] as const)
      expect((await ask("POST", path, body)).status).toBe(400);
    expect((await ask("POST", "/system/profiles", `{"name":"deep","config":${deep}}`)).status).toBe(422);
  });

  /** MiB that the server has held at most. */
  const memory = () =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, "utf8"))?.[1]) / 1024;

  /** What is said to a request of this length, and how many MiB of it were sent until then. */
  async function answerTo(path: string, length: string): Promise<{ answer: string; sent: number }> {
    const { hostname, port } = new URL(server.url);
    const line = connect({ host: hostname, port: Number(port) });
    let answer = "";
    let sent = 0;
    line.on("data", (bytes) => (answer += bytes.toString("latin1")));
    line.on("error", () => {});
    line.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys[0]}\r\n${length}\r\n\r\n`);
    const piece = `100000\r\n${"A".repeat(1 << 20)}\r\n`;
    const isChunked = length.includes("chunked");
    await until(() => {
      for (; isChunked && answer === "" && sent < 1024 && line.writableLength < 8 << 20; sent++) line.write(piece);
      return answer.endsWith("}") ? answer : undefined;
    });
    line.destroy();
    return { answer, sent };
  }
});

describe("a socket", () => {
  test("is told what it said wrong, and stays open", async () => {
    const client = await listen();
    const wrongs = [
      "no JSON",
      "[]",
      "{}",
      '{"event":"dance"}',
      '{"event":"configure","sample_rate":"fast"}',
      '{"event":"stop"}',
    ];
    for (const wrong of wrongs) client.tell(wrong);
    await until(() => (client.told.filter(is("error")).length === wrongs.length ? true : undefined));
    expect(client.told.filter(is("error")).map(({ status_code }) => status_code)).toEqual([
      400, 400, 400, 400, 400, 409,
    ]);
    client.send(samples.subarray(0, 32_000));
    client.tell({ event: "configure", sample_rate: 8000 });
    await until(() => (client.told.filter(is("error")).length === wrongs.length + 1 ? true : undefined));
    expect(client.told.filter(is("error")).at(-1)).toMatchObject({
      event: "error",
      status_code: 409,
      error: expect.stringContaining("begun"),
    });
    expect(client.isClosed).toBe(false);
    client.leave(1000);
  });

  test("of the original's path hears nothing of it", async () => {
    const client = await listen(keys[0], "/events");
    for (const wrong of ["no JSON", '{"event":"dance"}']) client.tell(wrong);
    client.send(new Uint8Array([1, 2, 3]));
    await ask("GET", "/system/status");
    expect([client.told, client.isClosed]).toEqual([[], false]);
    client.leave(1000);
  });

  test("whose client never reads is cut off, and keeps nobody waiting", async () => {
    const other = await listen();
    const connections = async () => (await ask("GET", "/api/v1/system/status")).body.active_connections;
    expect(await connections()).toBe(1);
    const { hostname, port } = new URL(server.url);
    const line = connect({ host: hostname, port: Number(port) });
    line.on("error", () => {});
    line.once("data", () => line.pause());
    const handshake = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    handshake.push("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", `Authorization: Bearer ${keys[0]}`);
    line.write(`GET /api/v1/ws HTTP/1.1\r\nHost: x\r\n${handshake.join("\r\n")}\r\n\r\n`);
    await until(async () => ((await connections()) === 2 ? true : undefined));
    // Each is answered by an error; a mask of zeros changes nothing (RFC 6455, section 5.3).
    const wrong = Buffer.concat([Buffer.from([0x81, 0x82, 0, 0, 0, 0]), Buffer.from("no")]);
    const many = Buffer.concat(Array.from({ length: 1000 }, () => wrong));
    await until(async () => {
      if (line.writableLength < 1 << 20) line.write(many);
      return (await connections()) === 1 ? true : undefined;
    });
    other.tell("no");
    await other.hear(is("error"));
    line.destroy();
    other.leave(1000);
  });

  test("is closed with 1001 when the server stops", async () => {
    const client = await listen();
    const ended = server.end();
    expect((await client.closed).code).toBe(1001);
    expect(await ended).toBe(0);
  });
});
