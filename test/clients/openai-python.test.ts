/** OpenAI's own Python library against the real server: recordings, streams, refusals, a Realtime session over plain ws. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clip } from "../data.ts";
import { pcmAt } from "../server/realtime-support.ts";
import { plainWords, startTestServer } from "../server/support.ts";
import { pythonWith } from "./python.ts";

const speech = clip("containers_jfk/jfk.wav");
const reference = plainWords(speech.transcript ?? "");
const key = "sk-right-key-of-the-test";

interface Told {
  what: string;
  [fact: string]: unknown;
}

test("openai 3", async () => {
  const python = await pythonWith("openai[realtime]", "3.22.1");
  await using server = await startTestServer({ VERBATIM_API_KEYS: key });
  const folder = mkdtempSync(join(tmpdir(), "verbatim-python-"));
  try {
    const pcm = join(folder, "speech.pcm");
    await Bun.write(pcm, pcmAt(24_000, speech.file));
    const script = join(import.meta.dir, "openai_client.py");
    const child = Bun.spawn([python, script, `${server.url}/v1`, key, speech.file, pcm], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const [said, complained] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    expect(complained).toBe("");
    const told = said
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Told);
    const fact = (what: string) => told.find((one) => one.what === what);
    for (const what of ["json", "verbose", "bytes", "stream", "translation", "realtime"])
      expect([what, plainWords(String(fact(what)?.text))]).toEqual([what, reference]);
    expect(fact("json")?.usage).toEqual({ type: "duration", seconds: 11 });
    expect(fact("verbose")).toMatchObject({ language: "english", duration: 11, words: reference.split(" ").length });
    expect(String(fact("verbose")?.segment)).toStartWith(" ");
    expect(String(fact("srt")?.text)).toEndWith("\n\n\n");
    expect(fact("stream")).toMatchObject({ last: "transcript.text.done", joined: fact("stream")?.text });
    expect(fact("models")?.ids).toContain("whisper-1");
    expect(fact("unknown model")).toMatchObject({ status: 404, code: "model_not_found", kind: "NotFoundError" });
    expect(fact("bad language")).toMatchObject({ status: 400, code: "invalid_language_format" });
    expect(fact("wrong key")).toMatchObject({ status: 401, kind: "AuthenticationError" });
    for (const what of ["unknown model", "bad language", "wrong key"]) expect(fact(what)?.id).toBeTruthy();
    expect(fact("realtime")?.types).toEqual([
      "session.created",
      "session.updated",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.input_audio_transcription.delta",
      "conversation.item.input_audio_transcription.completed",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
