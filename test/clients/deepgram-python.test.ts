/** Deepgram's own Python library against the real server: recordings, refusals, live audio. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { clip } from "../data.ts";
import { plainWords, startTestServer } from "../server/support.ts";
import { pythonWith } from "./python.ts";

// The first run fetches packages.
setDefaultTimeout(300_000);

const speech = clip("containers_jfk/jfk.wav");
const reference = plainWords(speech.transcript ?? "");
const key = "right-key-of-the-test";

interface Told {
  what: string;
  [fact: string]: unknown;
}

/** What a program printed that spoke to a server of its own, by a version of the library. */
async function toldBy(version: string, program: string): Promise<{ told: Told[]; complained: string }> {
  const python = await pythonWith("deepgram-sdk", version);
  await using server = await startTestServer({ VERBATIM_API_KEYS: key });
  const child = Bun.spawn([python, join(import.meta.dir, program), server.url, key, speech.file], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [said, complained] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const lines = said.trim().split("\n");
  return { told: lines.map((line) => JSON.parse(line) as Told), complained };
}

test("deepgram-sdk 7", async () => {
  const { told, complained } = await toldBy("7.17.0", "deepgram_client.py");
  expect(complained).toBe("");
  const fact = (what: string) => told.find((one) => one.what === what);
  for (const what of ["bytes", "chunks"]) {
    expect(plainWords(String(fact(what)?.transcript))).toBe(reference);
    expect(fact(what)).toMatchObject({ kind: "ListenV1Response", duration: 11, paragraphs: expect.any(Number) });
  }
  expect(fact("bad audio")).toMatchObject({ status: 400, kind: "BadRequestError", body: { err_code: "Bad Request" } });
  expect(fact("wrong key")).toMatchObject({ status: 401, body: { err_code: "INVALID_AUTH" } });
  expect(fact("private url")).toMatchObject({ status: 400, body: { err_code: "REMOTE_CONTENT_ERROR" } });
  expect([fact("grant")?.seconds, fact("project")?.name]).toEqual([20, "Verbatim"]);
  const messages = told.filter(({ what }) => what === "message");
  expect(messages.at(-1)?.type).toBe("Metadata");
  const finals = messages.filter((message) => message.type === "Results" && message.is_final) as unknown as {
    channel: { alternatives: { transcript: string }[] };
  }[];
  const live = finals.map(({ channel }) => channel.alternatives[0]?.transcript).join(" ");
  // A word more or less is the recognizer's; that none is lost at an end is the protocol's.
  expect(plainWords(live)).toMatch(/^and so my fellow .* do for your country$/);
  expect(fact("error")).toBeUndefined();
  expect(fact("closed")?.alive).toBe(false);
});

test("deepgram-sdk 4", async () => {
  const { told } = await toldBy("4.8.1", "deepgram_client_4.py");
  const of = (what: string) => told.filter((one) => one.what === what);
  expect(plainWords(String(of("recording")[0]?.transcript))).toBe(reference);
  expect(of("wrong key")).toMatchObject([{ status: "401" }]);
  expect(of("started")).toMatchObject([{ right: true }]);
  const finals = of("result").filter(({ final }) => final);
  expect(plainWords(finals.map(({ transcript }) => transcript).join(" "))).toMatch(
    /^and so my fellow .* do for your country$/,
  );
  expect(of("error")).toEqual([]);
});
