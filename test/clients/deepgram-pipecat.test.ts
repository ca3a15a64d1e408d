/** pipecat's services for Deepgram in a pipeline of its own: a stream, turns, a wrong key. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { clip } from "../data.ts";
import { plainWords, startTestServer } from "../server/support.ts";
import { pythonWith } from "./python.ts";

// The first run fetches packages.
setDefaultTimeout(300_000);

const speech = clip("containers_jfk/jfk.wav");
const key = "right-key-of-the-test";
const requirements = join(import.meta.dir, "pipecat-requirements.txt");

interface Told {
  what: string;
  frame: string;
  text: string;
}

test("pipecat 1.14", async () => {
  const python = await pythonWith("pipecat-ai", "1.14.0", "--no-deps", "-r", requirements);
  await using server = await startTestServer({ VERBATIM_API_KEYS: key });
  const program = join(import.meta.dir, "pipecat_client.py");
  const child = Bun.spawn([python, "-W", "ignore", program, server.url, key, speech.file], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complained] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect([await child.exited, complained.split("\n").filter((line) => /Error|Traceback/.test(line))]).toEqual([0, []]);
  const told = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
  const of = (what: string) => told.filter((one) => one.what === what);

  for (const what of ["stream", "turns"]) {
    const heard = of(what);
    const frames = heard.map(({ frame }) => frame);
    expect(frames).toContain("InterimTranscriptionFrame");
    expect(frames.slice(-2)).toEqual(["TranscriptionFrame", "END"]);
    expect(frames).not.toContain("ErrorFrame");
    const finals = heard.filter(({ frame }) => frame === "TranscriptionFrame").map(({ text }) => text);
    expect(plainWords(finals.join(" "))).toMatch(/^and so my fellow .* do for your country$/);
  }
  expect(of("wrong key")).toMatchObject([{ frame: "ErrorFrame", text: expect.stringContaining("401") }]);
});
