/** Realtime MLX STT's API on the real server: its page's requests and what its original does otherwise, with speech in place of a microphone. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { clip } from "../data.ts";
import { LiveClient, type Told } from "./live-client.ts";
import { plainWords, samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

// This machine may be busy.
setDefaultTimeout(90_000);

const speech = clip("containers_jfk/jfk.wav");
const samples = samplesOf(speech.file);
const jarvis = samplesOf(clip("wakewords_misc/rhasspy_hey_jarvis.wav").file);
const second = Buffer.alloc(32_000);
const reference = plainWords(speech.transcript ?? "");
const beginning = "and so my fellow americans";

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { data: Record<string, unknown> };
}

let server: TestServer;
/** What is played to the server that listens, and the connections on which it does. */
let played: Uint8Array[] = [];
let microphone: Server;
const lines: Socket[] = [];

beforeAll(async () => {
  microphone = createServer((line) => {
    lines.push(line);
    line.on("error", () => {});
    void wav(...played)
      .bytes()
      .then((bytes) => line.end(bytes));
  });
  const port = await new Promise<number>((resolve) =>
    microphone.listen(0, "127.0.0.1", () => resolve((microphone.address() as { port: number }).port)),
  );
  server = await startTestServer({ VERBATIM_CAPTURE_SOURCE: `tcp://127.0.0.1:${port}`, VERBATIM_CORS_ORIGINS: "*" });
});

afterAll(async () => {
  for (const line of lines) line.destroy();
  microphone.close();
  await server[Symbol.asyncDispose]();
});

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer["body"],
  };
  return answer;
}

const listen = (path = "/api/v1/ws") => new LiveClient(server.url + path).open();
const is = (event: string) => (told: Told) => told.event === event;
const finals = (client: LiveClient) => client.told.filter((told) => told.event === "transcription" && told.is_final);
const textOf = (client: LiveClient) =>
  plainWords(
    finals(client)
      .map(({ text }) => text)
      .join(" "),
  );
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

describe("the microphone", () => {
  test("is started, heard, and stopped; whoever listens is told everything", async () => {
    played = [second, samples, second, second, ...Array.from({ length: 30 }, () => second)];
    const client = await listen();
    expect(await client.hear(is("system_status"))).toMatchObject({ running: false, data: { running: false } });
    const started = await ask("POST", "/api/v1/system/start", { profile: "vad-triggered" });
    const features = ["audio_capture", "voice_activity_detection", "transcription"];
    expect(started).toMatchObject({
      status: 200,
      body: { status: "success", data: { started: true, profile: "vad-triggered", active_features: features } },
    });
    expect(await ask("POST", "/api/v1/system/start", { profile: "vad-triggered" })).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining("running already"), status_code: 409, detail: expect.any(String) },
    });
    const status = await ask("GET", "/api/v1/system/status");
    expect(status.body).toMatchObject({
      status: "online",
      running: true,
      profile: "vad-triggered",
      active_connections: 1,
    });
    await client.hear(is("speech_detected"));
    // Partials come when there is time for them.
    const first = await client.hear((told) => told.event === "transcription");
    expect(Object.keys(first.data as object).sort()).toEqual(
      ["confidence", "is_final", "language", "session_id", "text", "timestamp"].sort(),
    );
    for (const [name, value] of Object.entries(first.data as object)) expect(first[name]).toEqual(value);
    await until(() => (textOf(client).endsWith("country") ? true : undefined));
    expect(textOf(client)).toBe(reference);
    expect((await ask("POST", "/api/v1/system/stop")).body).toMatchObject({
      status: "success",
      data: { stopped: true },
    });
    await client.hear((told) => told.event === "system_status" && told.state === "stopped" && client.told[0] !== told);
    expect((await ask("POST", "/api/v1/system/stop")).status).toBe(409);
    client.leave(1000);
  });

  test("stops by itself where its source ends, the last words told", async () => {
    played = [samples.subarray(0, 32_000 * 3)];
    const client = await listen("/events");
    const late = await listen();
    await ask("POST", "/system/start", { profile: "vad-triggered", custom_config: { vad: { sensitivity: 0.7 } } });
    // The original starts anew where the page complains.
    expect((await ask("POST", "/system/start", { profile: "vad-triggered" })).status).toBe(200);
    await late.hear((told) => told.event === "system_status" && told.running === true);
    await until(async () => ((await ask("GET", "/system/status")).body.running === false ? true : undefined));
    expect(textOf(client)).toStartWith(beginning);
    // Its own path tells finals, and nothing that it does not know.
    expect(new Set(client.told.map(({ event, is_final }) => `${event} ${is_final}`))).toEqual(
      new Set(["transcription true"]),
    );
    expect((await ask("POST", "/system/stop")).status).toBe(200);
    for (const one of [client, late]) one.leave(1000);
  });

  test("waits for a wake word, hears what follows, and waits again", async () => {
    played = [samples.subarray(0, 32_000 * 2), second, jarvis, samples.subarray(0, 32_000 * 3)];
    played.push(...Array.from({ length: 8 }, () => second));
    const client = await listen();
    const words = ["jarvis", "alexa"];
    const started = await ask("POST", "/api/v1/system/start", {
      profile: "wake-word",
      custom_config: { wake_word: { words, timeout: 2 } },
    });
    expect(started.body.data.active_features).toContain("wake_word_detection");
    const waiting = (told: Told) => told.event === "system_status" && told.state === "waiting";
    await client.hear(waiting);
    const woken = await client.hear(is("wake_word"));
    expect(woken).toMatchObject({ wake_word: "jarvis", word: "jarvis", type: "wake_word" });
    expect(finals(client)).toEqual([]);
    await client.hear((told) => told.event === "system_status" && told.state === "listening");
    const first = client.told.findIndex(waiting);
    await client.hear((told) => waiting(told) && client.told.indexOf(told) > first);
    expect(textOf(client)).toContain("fellow americans");
    expect((await ask("POST", "/api/v1/system/stop")).status).toBe(200);
    client.leave(1000);
  });

  test("means what a profile says", async () => {
    const heard = async (vad: object, pieces: Uint8Array[]) => {
      played = pieces;
      const client = await listen();
      const { body } = await ask("POST", "/api/v1/system/start", { profile: "vad-triggered", custom_config: { vad } });
      expect(body.status).toBe("success");
      await client.hear((told) => told.event === "system_status" && told.running === true);
      await client.hear((told) => told.event === "system_status" && !told.running && told !== client.told[0]);
      const count = client.told.filter(is("speech_detected")).length;
      client.leave(1000);
      return count;
    };
    const pause = second.subarray(0, 16_000);
    const sentence = [pause, samples.subarray(0, 48_000), pause];
    // 50 dB down: the level of a quiet room.
    const quiet = new Int16Array(samples.buffer.slice(samples.byteOffset, samples.byteOffset + 48_000));
    const whisper = [pause, new Uint8Array(quiet.map((sample) => sample / 300).buffer), pause];
    expect(await heard({ min_speech_duration: 0.25 }, sentence)).toBeGreaterThan(0);
    expect(await heard({ min_speech_duration: 5 }, sentence)).toBe(0);
    expect(await heard({ detector_type: "combined" }, whisper)).toBe(0);
    expect(await heard({ detector_type: "silero", sensitivity: 0.9 }, whisper)).toBeGreaterThan(0);
    expect(await heard({ detector_type: "silero", sensitivity: 0.05 }, whisper)).toBe(0);
    // No voice, and loud.
    const noise = new Uint8Array(Int16Array.from({ length: 24_000 }, () => (Math.random() - 0.5) * 16_000).buffer);
    expect(await heard({ detector_type: "webrtc" }, [pause, noise, second])).toBeGreaterThan(0);
    expect(await heard({ detector_type: "silero" }, [pause, noise, second])).toBe(0);
  });
});

test("profiles are listed, saved, merged, kept through a restart, and refused with the path of what is wrong", async () => {
  const { body } = await ask("GET", "/api/v1/system/profiles");
  expect(body).toEqual({ profiles: ["vad-triggered", "wake-word"], default: "vad-triggered" } as never);
  const noisy = { description: "noisy", vad: { sensitivity: 0.8 }, transcription: { language: "en" } };
  expect(await ask("POST", "/api/v1/system/profiles/noisy-env", noisy)).toMatchObject({
    status: 200,
    body: { data: { saved: true }, message: "Profile 'noisy-env' saved successfully" },
  });
  expect((await ask("GET", "/system/profiles/noisy-env")).body).toEqual({ name: "noisy-env", config: noisy } as never);
  const wrong = (path: string, given: unknown) => ask("POST", path, given);
  for (const [given, path] of [
    [{ vad: { sensitivty: 1 } }, "vad.sensitivty"],
    [{ vad: { parameters: { speed: 1 } } }, "vad.parameters.speed"],
    [{ vda: {} }, "vda"],
    [{ vad: { sensitivity: 7 } }, "vad.sensitivity"],
    [{ wake_word: { words: [] } }, "wake_word.words"],
  ] as const) {
    const refused = await wrong("/api/v1/system/profiles/bad", given);
    expect([refused.status, String(refused.body.error)]).toEqual([400, expect.stringContaining(path)]);
  }
  const name = "x".repeat(10_000);
  for (const path of [
    `/api/v1/system/profiles/${name}`,
    "/api/v1/system/profiles/..%2F..%2Fetc",
    "/api/v1/system/profiles/a/b",
  ]) {
    expect((await wrong(path, noisy)).status).toBe(400);
    expect((await ask("GET", path)).status).toBe(404);
  }
  for (const predefined of ["vad-triggered", "wake-word"]) {
    expect((await wrong(`/api/v1/system/profiles/${predefined}`, noisy)).status).toBe(400);
    expect((await ask("DELETE", `/api/v1/system/profiles/${predefined}`)).status).toBe(400);
  }
  expect((await ask("DELETE", "/api/v1/system/profiles/none")).status).toBe(404);
  expect((await ask("DELETE", "/system/profiles/none")).status).toBe(400);
  expect((await ask("DELETE", "/api/v1/system/profiles/noisy-env")).body.data).toEqual({ deleted: true });
  expect((await ask("GET", "/api/v1/system/profiles/noisy-env")).body).toMatchObject({
    error: "Profile not found: noisy-env",
    status_code: 404,
  });
});

describe("audio that a client sends", () => {
  test("is transcribed in one request, whatever it is", async () => {
    const client = await listen();
    const floats = Float32Array.from(new Int16Array(samples.slice().buffer), (sample) => sample / 32_768);
    for (const bytes of [
      await Bun.file(speech.file).bytes(),
      new Uint8Array(samples),
      new Uint8Array(floats.buffer),
      await Bun.file(clip("containers_jfk/jfk.mp3").file).bytes(),
    ]) {
      const { status, body } = await ask("POST", "/api/v1/transcription/transcribe", { audio_data: base64(bytes) });
      expect(status).toBe(200);
      expect(body.data).toMatchObject({ received: true, is_final: true, language: "en" });
      expect(plainWords(String(body.data.text))).toBe(reference);
      const told = await client.hear((one) => one.session_id === body.data.session_id);
      expect(told).toMatchObject({ event: "transcription", is_final: true, text: body.data.text });
    }
    client.leave(1000);
  });

  test("makes the text of a session, which ends once", async () => {
    const { body } = await ask("POST", "/api/v1/transcription/sessions", { language: "en", source: "audio" });
    expect(body.data.source).toBe("client");
    const id = body.data.session_id as string;
    expect((await ask("GET", "/api/v1/transcription/status")).body).toMatchObject({ active: true, sessions: [id] });
    for (let at = 0; at < samples.length; at += 64_000) {
      const piece = { audio_data: base64(samples.subarray(at, at + 64_000)), session_id: id };
      expect((await ask("POST", "/api/v1/transcription/transcribe", piece)).body.data).toMatchObject({
        received: true,
      });
    }
    const stopped = await ask("DELETE", `/api/v1/transcription/sessions/${id}`);
    expect(stopped.body.data).toMatchObject({ stopped: true, session_id: id, duration: 11, language: "en" });
    expect(plainWords(String(stopped.body.data.text))).toBe(reference);
    expect((await ask("DELETE", `/api/v1/transcription/sessions/${id}`)).status).toBe(404);
    expect((await ask("GET", "/api/v1/transcription/status")).body).toMatchObject({ active: false, sessions: [] });
  });

  test("is told piece by piece in the original's manner", async () => {
    const client = await listen("/events");
    const started = await ask("POST", "/transcription/session/start", {});
    const id = started.body.data.session_id as string;
    const half = samples.length / 2 - ((samples.length / 2) % 2);
    for (const [from, to, is_final] of [
      [0, half, false],
      [half, samples.length, true],
    ] as const)
      await ask("POST", "/transcription/audio", {
        audio_data: base64(samples.subarray(from, to)),
        session_id: id,
        is_final,
      });
    await ask("POST", "/transcription/session/stop", { session_id: id });
    await client.hear(() => client.told.length >= 3);
    const mine = client.told.filter(({ session_id }) => session_id === id);
    expect(mine.map(({ is_final }) => is_final)).toEqual([false, true, true]);
    expect(plainWords(String(mine[2]?.text))).toContain("fellow americans");
    expect((await ask("POST", "/transcription/session/stop", { session_id: id })).status).toBe(200);
    client.leave(1000);
  });

  test("of the microphone's makes a session too", async () => {
    played = [samples.subarray(0, 32_000 * 4), second, second];
    const { body } = await ask("POST", "/api/v1/transcription/sessions", { source: "microphone", session_id: "mine" });
    expect(body.data).toMatchObject({ session_id: "mine", source: "microphone" });
    await Bun.sleep(4500);
    const stopped = await ask("DELETE", "/api/v1/transcription/sessions/mine");
    expect(plainWords(String(stopped.body.data.text))).toContain("fellow americans");
  });

  test("comes over a socket", async () => {
    const client = await listen();
    client.tell({ event: "configure", sample_rate: 16_000, language: "en" });
    await client.speak(samples.subarray(0, 32_000 * 4), { piece: 3201 });
    client.tell({ event: "stop" });
    await until(() => (textOf(client).includes("fellow americans") ? true : undefined));
    client.tell({ event: "stop" });
    expect(await client.hear(is("error"))).toMatchObject({ status_code: 409, data: { status_code: 409 } });
    client.leave(1000);
  });
});
