/** Deepgram's streams of encoded audio, decoded as it comes by a real ffmpeg. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../data.ts";
import { LiveClient, type Results } from "../server/live-client.ts";
import { plainWords, startTestServer, type TestServer } from "../server/support.ts";

setDefaultTimeout(60_000);

const reference = plainWords(clip("containers_jfk/jfk.wav").transcript ?? "");
const bytesOf = (name: string) => readFileSync(clip(`containers_jfk/${name}`).file);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (query: string) => new LiveClient(`${server.url}/v1/listen?endpointing=1500&${query}`).open();

function converted(...options: string[]): Buffer {
  const { file } = clip("containers_jfk/jfk.wav");
  return Bun.spawnSync(["ffmpeg", "-v", "error", "-i", file, ...options, "-"], { stdout: "pipe" }).stdout;
}

test.each([
  ["a browser's recorder", "", bytesOf("jfk.webm")],
  ["Ogg Opus", "encoding=ogg-opus", bytesOf("jfk.opus")],
  ["Ogg Vorbis", "", bytesOf("jfk.ogg")],
  ["MP3", "", bytesOf("jfk.mp3")],
  ["FLAC", "encoding=flac&sample_rate=16000", converted("-f", "flac")],
  ["MPEG transport", "", converted("-c:a", "aac", "-f", "mpegts")],
  ["a container that is declared as packets", "encoding=opus&sample_rate=48000", bytesOf("jfk.opus")],
])("%s", async (_, query, bytes) => {
  const client = await open(query);
  await client.speak(bytes, { piece: 1000 });
  client.tell({ type: "CloseStream" });
  expect((await client.closed).code).toBe(1000);
  expect(plainWords(client.text())).toBe(reference);
  expect(client.told.at(-1)?.duration).toBeWithin(10.9, 11.2);
});

test("bare Opus packets, one in each message", async () => {
  const client = await open("encoding=opus&sample_rate=48000");
  for (const packet of packetsOf(bytesOf("jfk.opus")).slice(2)) client.send(packet);
  client.tell({ type: "CloseStream" });
  expect((await client.closed).code).toBe(1000);
  expect(plainWords(client.text())).toBe(reference);
});

test("channels of a container are told apart where that is asked for", async () => {
  const stereo = converted("-af", "pan=stereo|c0=c0|c1=0*c0", "-c:a", "libopus", "-f", "webm");
  const client = await open("multichannel=true");
  await client.speak(stereo, { piece: 1000 });
  client.tell({ type: "CloseStream" });
  await client.closed;
  expect(client.told.at(-1)).toMatchObject({ type: "Metadata", channels: 2 });
  expect(plainWords(client.text(0))).toBe(reference);
  expect(client.text(1).trim()).toBe("");
});

test("Finalize gives what came before it", async () => {
  const bytes = bytesOf("jfk.webm");
  const client = await open("interim_results=true");
  await client.speak(bytes.subarray(0, bytes.length / 2), { piece: 1000 });
  await client.hear((told) => told.type === "Results" && (told as Results).duration > 2);
  client.tell({ type: "Finalize" });
  const final = await client.hear(({ from_finalize }) => from_finalize === true);
  expect(final.start as number).toBe(0);
  expect(plainWords(client.text())).toStartWith("and so my fellow americans");
  await client.speak(bytes.subarray(bytes.length / 2), { piece: 1000 });
  client.tell({ type: "CloseStream" });
  expect((await client.closed).code).toBe(1000);
  expect(plainWords(client.text())).toContain("do for your country");
});

/** The packets of an Ogg file (RFC 3533). */
function packetsOf(file: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  let rest: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const table = file.subarray(at + 27, at + 27 + (file[at + 26] as number));
    at += 27 + table.length;
    for (const length of table) {
      rest.push(file.subarray(at, at + length));
      at += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(rest));
      rest = [];
    }
  }
  return packets;
}
