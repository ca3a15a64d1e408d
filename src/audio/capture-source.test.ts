import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../../test/data.ts";
import { openLog } from "../log/log.ts";
import { openCapture } from "./capture.ts";
import { captureSource } from "./capture-source.ts";
import { type Audio, openAudio } from "./open.ts";

const speech = clip("librispeech_test_other/367-130732-0006.flac");
const wav = clip("containers_jfk/jfk.wav").file;
let audio: Audio;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verbatim-capture-"));
  const spool = { create: () => Promise.reject(new Error("not needed")) };
  audio = openAudio({ ffmpeg: {}, spool }, openLog({ level: "error", format: "json", write: () => {} }));
});
afterAll(async () => {
  await audio.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The first half second that is heard. */
async function heard(text: string): Promise<Float32Array> {
  const { blocks, close } = await openCapture(captureSource(text), { audio, ffmpeg: {} });
  const found: number[] = [];
  for await (const block of blocks) {
    found.push(...block);
    if (found.length >= 8000) break;
  }
  await close();
  return Float32Array.from(found.slice(0, 8000));
}

test("a file, a named pipe, a connection and a URL give the same sound", async () => {
  const expected = await heard(wav);
  expect(expected.length).toBe(8000);
  const bytes = await Bun.file(wav).bytes();

  const pipe = join(folder, "pipe");
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  const writer = Bun.spawn(["sh", "-c", `cat "${wav}" > "${pipe}"`], { stderr: "ignore" });
  expect(await heard(pipe)).toEqual(expected);
  writer.kill();

  const server = createServer((line) => {
    line.on("error", () => {});
    line.end(bytes);
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  expect(await heard(`tcp://127.0.0.1:${port}`)).toEqual(expected);
  server.close();

  const web = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(bytes) });
  expect(await heard(`http://127.0.0.1:${web.port}/talk.wav`)).toEqual(expected);
  await web.stop(true);
  expect((await heard(speech.file)).length).toBe(8000);
}, 20_000);

test("microphones by their names, and what is not there", () => {
  expect(captureSource("microphone")).toEqual({ device: undefined });
  expect(captureSource("device:plughw:1")).toEqual({ device: "plughw:1" });
  expect(() => captureSource("/no/such/file.wav")).toThrow("does not exist");
  expect(() => captureSource(folder)).toThrow("is a folder");
});
