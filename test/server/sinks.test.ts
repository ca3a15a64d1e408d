/** The server with sinks: what clients were told is there, also after `kill -9`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TranscriptRecord } from "../../src/sinks/record.ts";
import { clip } from "../data.ts";
import { form, plainWords, startTestServer, until } from "./support.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-sinks-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const audio = new Blob([readFileSync(clip("containers_jfk/jfk.wav").file)]);

function records(file: string): TranscriptRecord[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

test("what was answered is in the file, once, when the server is killed at once and started again", async () => {
  const file = join(folder, "transcripts.ndjson");
  const settings = { VERBATIM_SINKS_FILE: file, VERBATIM_DATA_DIR: join(folder, "data") };
  const answers: string[] = [];
  for (let round = 0; round < 3; round++) {
    await using server = await startTestServer(settings);
    const send = async () => {
      const response = await fetch(`${server.url}/v1/audio/transcriptions`, {
        method: "POST",
        body: form({ file: audio }),
      });
      answers.push(((await response.json()) as { text: string }).text);
    };
    await Promise.all([send(), send(), send()]);
    await server.end("SIGKILL");
  }
  await using server = await startTestServer(settings);
  await until(async () => (await server.metric("stt_sink_queue_bytes")) === 0 || undefined);
  const found = records(file);
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  const sessions = Map.groupBy(found, ({ session }) => session);
  const texts = Array.from(sessions.values(), (all) => all.map(({ text }) => text).join(" "));
  expect(texts.map(plainWords).toSorted()).toEqual(answers.map(plainWords).toSorted());
  expect(await server.end()).toBe(0);
}, 120_000);
