import { expect, test } from "bun:test";
import { clip } from "../../../../test/data.ts";
import { openCapture } from "../../../audio/capture.ts";
import { captureSource } from "../../../audio/capture-source.ts";
import { openAudio } from "../../../audio/open.ts";
import { VerbatimError } from "../../../error.ts";
import { openLog } from "../../../log/log.ts";
import { Ear, type Listening } from "./ear.ts";

const log = openLog({ level: "error", format: "json", write: () => {} });
const speech = clip("containers_jfk/jfk.wav");

async function heard({ blocks }: Listening, most = Number.POSITIVE_INFINITY): Promise<number> {
  let samples = 0;
  for await (const block of blocks) {
    samples += block.length;
    if (samples >= most) break;
  }
  return samples;
}

function open(source: string): { ear: Ear; opened: () => number; close: () => Promise<void> } {
  const audio = openAudio({ ffmpeg: {}, spool: { create: () => Promise.reject(new Error("not needed")) } }, log);
  let count = 0;
  const ear = new Ear(async () => {
    count++;
    return await openCapture(captureSource(source), { audio, ffmpeg: {} });
  });
  return { ear, opened: () => count, close: () => audio.close() };
}

test("two listeners share a source; it is opened anew when both have left", async () => {
  const { ear, opened, close } = open(speech.file);
  const [first, second] = await Promise.all([ear.listen(), ear.listen()]);
  expect(opened()).toBe(1);
  await heard(first as Listening, 8000);
  first?.close();
  expect(await heard(second as Listening, 16_000)).toBeGreaterThanOrEqual(16_000);
  second?.close();
  const third = await ear.listen();
  expect(opened()).toBe(2);
  third.close();
  expect(await heard(third)).toBeLessThan(16_000);
  await close();
});

test("why there is nothing to hear is said to whoever begins to listen", async () => {
  const { ear, close } = open("/there/is/no/such.wav");
  await expect(ear.listen()).rejects.toMatchObject({ code: "bad-audio", reason: "capture" });
  await close();
});

test("a source that fails later tells its listeners, and the next one may try again", async () => {
  let count = 0;
  const ear = new Ear(async () => ({
    blocks: (async function* () {
      yield new Float32Array(320);
      count++;
      throw new VerbatimError("bad-audio", "The microphone has stopped.");
    })(),
    close: async () => {},
  }));
  for (const times of [1, 2]) {
    const listening = await ear.listen();
    await expect(heard(listening)).rejects.toThrow("stopped");
    await Bun.sleep(0);
    expect(count).toBe(times);
  }
});
