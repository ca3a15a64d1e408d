/** Subtitles of the OpenAI dialect, read by ffmpeg. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { clip } from "../data.ts";
import { form, startTestServer } from "../server/support.ts";

test("ffmpeg reads srt and vtt, and no cue is later than the recording", async () => {
  const speech = clip("containers_jfk/jfk.wav");
  await using server = await startTestServer();
  for (const response_format of ["srt", "vtt"]) {
    const response = await fetch(`${server.url}/v1/audio/transcriptions`, {
      method: "POST",
      body: form({ file: new Blob([readFileSync(speech.file)]), response_format }),
    });
    const format = response_format === "vtt" ? "webvtt" : response_format;
    const reader = Bun.spawn(["ffprobe", "-v", "error", "-f", format, "-show_packets", "-of", "json", "-i", "pipe:0"], {
      stdin: new Blob([await response.text()]),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [said, complained] = await Promise.all([
      new Response(reader.stdout).text(),
      new Response(reader.stderr).text(),
    ]);
    expect(complained).toBe("");
    const { packets } = JSON.parse(said) as { packets: { pts_time: string; duration_time: string }[] };
    expect(packets.length).toBeGreaterThan(0);
    for (const { pts_time, duration_time } of packets)
      expect(Number(pts_time) + Number(duration_time)).toBeLessThanOrEqual(speech.seconds + 1);
  }
});
