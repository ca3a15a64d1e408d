import { describe, expect, test } from "bun:test";
import { FfmpegWords, ffmpegFailure } from "./ffmpeg-words.ts";
import { installFfmpeg } from "./find-ffmpeg.ts";
import { formats } from "./formats.ts";

function words(...chunks: string[]): FfmpegWords {
  return new FfmpegWords(new Blob(chunks).stream());
}

describe("ffmpeg's words", () => {
  test("tell the duration and what is wrong, and nothing of the tags", async () => {
    const said = words(
      "[info] Input #0, matroska,webm, from 'pipe:0':\n[info]   Metadata:\n[info]     title: secret [error",
      "\n[info]   Duration: 01:02:03.50, start: 0.000000, bitrate: 68 kb/s\n[mp3 @ 0x55] [error] Header missing\n",
      "[fatal] the last line has no end",
    );
    expect(await said.duration()).toBe(3723.5);
    expect(await said.complaints()).toBe("[mp3 @ 0x55] [error] Header missing\n[fatal] the last line has no end\n");
  });

  test("may tell no duration", async () => {
    expect(await words("[info]   Duration: N/A, bitrate: N/A\n").duration()).toBeUndefined();
    expect(await words("").duration()).toBeUndefined();
  });

  test("are kept only as far as they are of use", async () => {
    const line = `[error] ${"x".repeat(500)}\n`;
    expect((await words(line.repeat(1000)).complaints()).length).toBeLessThan(6000);
  });
});

// The complaints are those of ffmpeg 5.1 and 7.1.
test.each([
  ["[fatal] Stream map '0:a:0' matches no streams.", "This MP4 file has no sound in it."],
  [
    "[mov @ 0x1] [error] moov atom not found",
    "This MP4 file has no index (moov): it is cut off, or its recording was broken off.",
  ],
  [
    "[error] Decoder (codec none) not found for input stream #0:0",
    "This MP4 file holds a codec that this ffmpeg cannot decode.",
  ],
  [
    "[error] /spool/x: Invalid data found when processing input",
    "This MP4 file cannot be decoded: it is damaged or cut off.",
  ],
])("%p means %p", (complaint, message) => {
  expect(ffmpegFailure(formats.mp4, complaint)).toMatchObject({ code: "bad-audio", message });
});

test("every platform has its way to install ffmpeg", () => {
  expect(installFfmpeg("darwin")).toContain("brew install ffmpeg");
  expect(installFfmpeg("win32")).toContain("winget install ffmpeg");
  expect(installFfmpeg("linux")).toMatch(/^Install .* set `ffmpeg` to the path of one\.$/);
});
