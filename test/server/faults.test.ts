/** Engines that die, clients that leave, servers that are told to stop: no request is lost, and nothing works for nobody. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip, clips } from "../data.ts";
import { form, plainWords, samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const audio = new Blob([readFileSync(speech.file)]);
const reference = plainWords(speech.transcript ?? "");

const post = (server: TestServer, fields: Parameters<typeof form>[0] = {}, signal?: AbortSignal) =>
  fetch(`${server.url}/v1/audio/transcriptions`, {
    method: "POST",
    body: form({ file: audio, ...fields }),
    ...(signal ? { signal } : {}),
  });

async function textOf(response: Response): Promise<string> {
  const body = (await response.json()) as { text: string };
  expect([response.status, body]).toEqual([200, body]);
  return plainWords(body.text);
}

const running = (server: TestServer) => server.metric("stt_queue_audio_seconds ");

/** Minutes of speech as one file: work that is still going on when the test acts. */
function longSpeech(seconds: number): Blob {
  const samples = samplesOf(speech.file);
  return wav(...Array.from({ length: Math.ceil(seconds / speech.seconds) }, () => samples));
}

describe("the engine", () => {
  test("is killed again and again in the middle of requests, and each is answered with the same words", async () => {
    await using server = await startTestServer();
    const whole = new Map<string, string>();
    const files = clips("librispeech_test_other").slice(0, 4);
    const send = async (file: string) => textOf(await post(server, { file: new Blob([readFileSync(file)]) }));
    for (const { file } of files) whole.set(file, await send(file));
    let kills = 0;
    for (let round = 0; round < 4; round++) {
      const requests = files.map(({ file }) => send(file).then((text) => expect(text).toBe(whole.get(file) as string)));
      const all = Promise.all(requests);
      await Bun.sleep(100 + Math.random() * 600);
      for (const pid of server.engines()) {
        process.kill(pid, "SIGKILL");
        kills++;
      }
      await all;
    }
    expect(kills).toBeGreaterThan(0);
    expect(await server.metric("stt_engine_restarts_total")).toBeGreaterThan(0);
  });
});

describe("the client", () => {
  test("leaves in the middle: its work ends, streamed or not", async () => {
    await using server = await startTestServer();
    const long = longSpeech(600);
    for (const stream of ["false", "true"]) {
      const gone = new AbortController();
      const request = post(server, { file: long, stream }, gone.signal).then((response) => response.text());
      await until(async () => (await running(server)) > 0 || undefined);
      gone.abort();
      await expect(request).rejects.toThrow();
      await until(async () => (await running(server)) === 0 || undefined);
    }
    await until(
      async () =>
        (await server.metric('stt_transcriptions_total{dialect="openai",outcome="cancelled"}')) === 2 || undefined,
    );
    expect(server.spooled()).toEqual([]);
    expect(await textOf(await post(server))).toBe(reference);
  });
});

describe("SIGTERM", () => {
  test("lets requests finish, takes no new ones, and then ends well", async () => {
    await using server = await startTestServer();
    const request = post(server, { file: longSpeech(60) });
    await until(async () => (await running(server)) > 0 || undefined);
    const ended = server.end("SIGTERM");
    await until(async () => (await fetch(`${server.url}/ready`)).status === 503 || undefined);
    const late = await post(server);
    expect(late.status).toBe(503);
    expect(late.headers.get("retry-after")).toBeTruthy();
    expect(await late.json()).toMatchObject({ error: { type: "server_error" } });
    // Six speeches in one file: where they are cut may change a word.
    expect((await textOf(await request)).split("can do for your country")).toHaveLength(7);
    expect(await ended).toBe(0);
    expect(server.engines()).toEqual([]);
  });

  test("cuts what takes longer than it may, with an answer", async () => {
    await using server = await startTestServer({ VERBATIM_SHUTDOWN_TIMEOUT: "200ms" });
    const request = post(server, { file: longSpeech(900) });
    await until(async () => (await running(server)) > 0 || undefined);
    const ended = server.end("SIGTERM");
    const response = await request;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { type: "server_error" } });
    expect(await ended).toBe(0);
  });

  test("a second one ends it at once, and no engine is left", async () => {
    await using server = await startTestServer();
    const request = post(server, { file: longSpeech(900) }).then(
      (response) => response.text(),
      () => "cut",
    );
    await until(async () => (await running(server)) > 0 || undefined);
    const engines = server.engines();
    expect(engines.length).toBeGreaterThan(0);
    server.process.kill("SIGTERM");
    await until(async () => (await fetch(`${server.url}/ready`)).status === 503 || undefined);
    server.process.kill("SIGTERM");
    expect(await server.process.exited).not.toBe(0);
    expect(await request).toBe("cut");
    const lives = (pid: number) => Bun.spawnSync(["ps", "-p", String(pid)]).exitCode === 0;
    await until(() => !engines.some(lives) || undefined);
  });
});

test("eight clients at once each get their own words", async () => {
  await using server = await startTestServer();
  const files = clips("librispeech_test_other").slice(0, 4);
  const send = async (file: string) => textOf(await post(server, { file: new Blob([readFileSync(file)]) }));
  const alone = await Promise.all(files.map(({ file }) => send(file)));
  const eight = await Promise.all([...files, ...files].map(({ file }) => send(file)));
  expect(eight).toEqual([...alone, ...alone]);
  expect(new Set(alone).size).toBe(files.length);
});
