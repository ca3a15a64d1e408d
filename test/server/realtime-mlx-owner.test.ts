/** What the owner of a server says of Realtime MLX STT's part, in the variables of that server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../data.ts";
import { LiveClient } from "./live-client.ts";
import { samplesOf, startTestServer, until, wav } from "./support.ts";

// This machine may be busy.
setDefaultTimeout(60_000);

const profiles = mkdtempSync(join(tmpdir(), "verbatim-owner-"));
const recording = join(profiles, "talk.wav");
const quick = { description: "quick", transcription: { auto_start: true }, vad: { sensitivity: 0.7 } };

beforeAll(async () => {
  const second = Buffer.alloc(32_000);
  const samples = samplesOf(clip("containers_jfk/jfk.wav").file).subarray(0, 32_000 * 3);
  // Silence, in which a client has the time to come.
  await Bun.write(recording, wav(...Array.from({ length: 4 }, () => second), samples, second, second));
  writeFileSync(join(profiles, "quick.json"), JSON.stringify(quick));
});
afterAll(() => rmSync(profiles, { recursive: true, force: true }));

const ask = async (url: string, path: string, init?: RequestInit) => {
  const response = await fetch(url + path, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const start = { method: "POST", body: "{}" };

test("its profiles, the one that is the default, and listening from the start on", async () => {
  await using server = await startTestServer({
    STT_SERVER_PROFILES_DIR: profiles,
    STT_SERVER_DEFAULT_PROFILE: "quick",
    STT_SERVER_AUTO_START: "true",
    VERBATIM_CAPTURE_SOURCE: recording,
  });
  const client = await new LiveClient(`${server.url}/api/v1/ws`).open();
  expect((await ask(server.url, "/system/profiles")).body).toEqual({
    profiles: ["quick", "vad-triggered", "wake-word"],
    default: "quick",
  });
  expect((await ask(server.url, "/api/v1/system/profiles/quick")).body).toEqual({ name: "quick", config: quick });
  const final = await client.hear((told) => told.event === "transcription" && told.is_final === true);
  expect(final.text).toMatch(/my fellow americans/i);
  // It ends with its recording; who starts it again need not name the profile.
  await until(async () => (await ask(server.url, "/system/status")).body.running === false || undefined);
  expect((await ask(server.url, "/api/v1/system/start", start)).body).toMatchObject({ data: { profile: "quick" } });
  client.leave(1000);
  expect(await server.end()).toBe(0);
});

test("what cannot be is told at the start, and the server serves all the same", async () => {
  await using deaf = await startTestServer({ STT_SERVER_AUTO_START: "true" });
  await using stranger = await startTestServer({ VERBATIM_REALTIME_MLX_DEFAULT_PROFILE: "none" });
  const warned = ({ log }: typeof deaf) =>
    until(() => log().find(({ level, message }) => level === "warn" && String(message).startsWith("realtime-mlx.")));
  expect(await warned(deaf)).toMatchObject({ profile: "vad-triggered", error: expect.anything() });
  expect(await warned(stranger)).toMatchObject({ profile: "none", error: expect.anything() });
  expect((await ask(deaf.url, "/api/v1/system/start", start)).status).toBe(400);
  expect((await ask(stranger.url, "/api/v1/system/start", start)).status).toBe(404);
});
