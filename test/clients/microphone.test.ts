/**
 * A microphone through the real ffmpeg. ALSA's `file` device plays a recording into whoever captures from it, so no sound card is needed; it
 * gives its sound as fast as it is read.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { captureDevices, openCapture } from "../../src/audio/capture.ts";
import { pcmOf, testModel, wordsOf } from "../../src/engine/testing.ts";
import { selfCommand } from "../../src/ipc/self.ts";
import { openHome } from "../run-verbatim.ts";
import { signalToNoise } from "../waves.ts";

const RATE = 16_000;
const speech = pcmOf("containers_jfk/jfk.wav");
const home = openHome();
const before = { ...process.env };

let model: string;

beforeAll(async () => {
  model = (await testModel()).path;
  // ffmpeg asks for 16 bits, 48 kHz and two channels.
  const samples = new Int16Array(speech.length * 6);
  for (let i = 0; i < samples.length; i++) {
    const at = Math.floor(i / 2) / 3;
    const [before = 0, after = 0] = speech.subarray(Math.floor(at), Math.floor(at) + 2);
    samples[i] = 32_767 * (before + (at % 1) * (after - before));
  }
  const recording = join(home.folder, "speech.raw");
  writeFileSync(recording, samples);
  writeFileSync(
    join(home.folder, ".asoundrc"),
    `pcm.speech { type file slave.pcm "null" file "/dev/null" infile "${recording}" format "raw" hint.description "A recording" }\n`,
  );
  process.env.HOME = home.folder;
  for (const name of ["PULSE_SERVER", "XDG_RUNTIME_DIR"]) delete process.env[name];
});

afterAll(() => {
  Object.assign(process.env, before);
  home[Symbol.dispose]();
});

/** The ffmpeg processes that a process has started and that still run. */
function programsOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [, name, rest = ""] = /^\d+ \((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return name === "ffmpeg" && !rest.startsWith("Z") && Number(rest.split(" ")[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}

const none = { openMedia: () => Promise.reject(), openStream: () => expect.unreachable() };

test("what a device hears comes out, and closing it ends ffmpeg", async () => {
  const capture = await openCapture({ device: "speech" }, { audio: none, ffmpeg: {} });
  const parts: Float32Array[] = [];
  let heard = 0;
  for await (const block of capture.blocks) {
    parts.push(block);
    heard += block.length;
    if (heard >= 5 * RATE) break;
  }
  await capture.close();
  expect(programsOf(process.pid)).toEqual([]);
  const whole = new Float32Array(Bun.concatArrayBuffers(parts)).subarray(0, 5 * RATE);
  // It is late by a part of a sample, and straight lines between the samples take from the heights.
  expect(signalToNoise(speech.subarray(0, whole.length), whole)).toBeGreaterThan(6);
  expect(signalToNoise(speech.subarray(0, whole.length), whole, 1)).toBeLessThan(6);
});

test("a device that does not exist, and the list of those that do", async () => {
  const { blocks } = await openCapture({ device: "hw:77" }, { audio: none, ffmpeg: {} });
  const read = async () => {
    for await (const _ of blocks) expect.unreachable();
  };
  await expect(read()).rejects.toThrow("The device hw:77 cannot be opened. There is no such device.");
  expect((await captureDevices({})).map(({ name }) => name)).toContain("speech");
});

test("an ffmpeg that is killed is told, after the words that were heard", async () => {
  const child = home.start(["listen", "--device", "speech", "--model", model]);
  const out = child.stdout.getReader();
  const text = new TextDecoder();
  let said = "";
  for (;;) {
    const { value, done } = await out.read();
    if (done) break;
    if (said === "") for (const pid of programsOf(child.pid)) process.kill(pid, "SIGKILL");
    said += text.decode(value);
  }
  expect(wordsOf(said)).toContain("my fellow americans");
  expect([await child.exited, await child.stderr.text()]).toEqual([
    1,
    expect.stringMatching(
      /^Listening to speech with .*\n.* s of sound in .*\nverbatim: The device speech has stopped\.\n$/,
    ),
  ]);
});

test("Ctrl-C at a terminal ends the listening with the last words, and all is well", async () => {
  const text = new TextDecoder();
  let written = "";
  let isStopped = false;
  await using terminal = new Bun.Terminal({
    cols: 100,
    data(self, data) {
      written += text.decode(data, { stream: true });
      if (isStopped || !/Americans\.\r?\n/.test(written)) return;
      isStopped = true;
      self.write("\u0003");
    },
  });
  // Only the terminal of a session of its own sends signals, and to ffmpeg and the engine too.
  const child = Bun.spawn(
    ["setsid", "--ctty", "--wait", ...selfCommand(["listen", "-d", "speech", "--model", model])],
    {
      terminal,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: home.folder,
        XDG_CACHE_HOME: join(home.folder, "cache"),
        TERM: "xterm",
      },
    },
  );
  expect(await child.exited).toBe(0);
  expect(written).toContain("Listening to speech");
  expect(written).not.toContain("verbatim:");
});
