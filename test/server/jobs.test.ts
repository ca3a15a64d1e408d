/** Requests with a callback, by the real server: what it has promised it keeps, also when it is killed. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../data.ts";
import { plainWords, samplesOf, startTestServer, type TestServer, until, wav } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
/** Makes it long enough to be killed inside. */
const REPEATS = 6;
const said = plainWords(speech.transcript ?? "");

interface Delivered {
  metadata: { request_id: string };
  results: { channels: { alternatives: { transcript: string }[] }[] };
}

/** A data folder that outlives servers, and a receiver that first refuses. */
async function withReceiver(
  work: (settings: Record<string, string>, callback: string, got: Delivered[]) => Promise<void>,
): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "verbatim-data-"));
  const got: Delivered[] = [];
  let refusals = 1;
  const receiver = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      if (refusals-- > 0) return new Response(null, { status: 503 });
      got.push((await request.json()) as Delivered);
      return new Response();
    },
  });
  const settings = {
    VERBATIM_DATA_DIR: data,
    VERBATIM_PRIVATE_NETWORKS: "127.0.0.0/8",
    VERBATIM_JOBS_RETRY_DELAY: "0.2",
  };
  try {
    await work(settings, `http://127.0.0.1:${receiver.port}/done`, got);
    expect(readdirSync(join(data, "jobs/audio"))).toEqual([]);
  } finally {
    await receiver.stop(true);
    rmSync(data, { recursive: true, force: true });
  }
}

async function promise(
  server: TestServer,
  callback: string,
  body: Blob | FormData | string | Uint8Array,
): Promise<string> {
  const url = `${server.url}/v1/listen?callback=${encodeURIComponent(callback)}`;
  const response = await fetch(url, { method: "POST", body });
  const answer = (await response.json()) as { request_id: string };
  expect([response.status, Object.keys(answer)]).toEqual([200, ["request_id"]]);
  return answer.request_id;
}

test(
  "a server killed in the middle of the work does it after the next start, once for each request",
  () =>
    withReceiver(async (settings, callback, got) => {
      const ids = new Set<string>();
      {
        await using server = await startTestServer(settings);
        const samples = samplesOf(speech.file);
        const minutes = wav(...Array.from({ length: REPEATS }, () => samples));
        ids.add(await promise(server, callback, minutes));
        ids.add(await promise(server, callback, readFileSync(speech.file)));
        await until(async () => (await server.metric("stt_queue_audio_seconds ")) > 0 || undefined);
        await server.end("SIGKILL");
      }
      expect(got).toEqual([]);
      await using server = await startTestServer(settings);
      await until(() => (got.length >= ids.size ? got : undefined));
      expect(new Set(got.map(({ metadata }) => metadata.request_id))).toEqual(ids);
      const texts = got.map(({ results }) => plainWords(results.channels[0]?.alternatives[0]?.transcript ?? ""));
      expect(texts).toContain(said);
      const repeated = texts.map((text) => text.split("my fellow americans").length - 1);
      expect(repeated.toSorted((a, b) => a - b)).toEqual([1, REPEATS]);
      await until(async () => (await server.metric('stt_jobs_total{outcome="delivered"}')) === ids.size || undefined);
      expect(await server.end()).toBe(0);
    }),
  180_000,
);

test(
  "a server that is told to stop keeps its promises for the next one",
  () =>
    withReceiver(async (settings, callback, got) => {
      const first = await startTestServer(settings);
      const samples = samplesOf(speech.file);
      const id = await promise(first, callback, wav(...Array.from({ length: REPEATS }, () => samples)));
      await until(async () => (await first.metric("stt_queue_audio_seconds ")) > 0 || undefined);
      expect(await first.end()).toBe(0);
      await first[Symbol.asyncDispose]();
      expect(got).toEqual([]);
      await using server = await startTestServer(settings);
      await until(() => got[0]);
      expect(got[0]?.metadata.request_id).toBe(id);
      await until(async () => (await server.metric('stt_jobs_total{outcome="delivered"}')) === 1 || undefined);
    }),
  180_000,
);
