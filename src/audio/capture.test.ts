import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { clip } from "../../test/data.ts";
import { pcmOf } from "../engine/testing.ts";
import { silentLog } from "../log/log.ts";
import { type Capture, type CaptureSettings, type CaptureSource, openCapture, paced } from "./capture.ts";
import { captureFailure } from "./capture-process.ts";
import { captureInput, captureSystem, devicesIn, listingArguments } from "./capture-systems.ts";
import { type Audio, openAudio } from "./open.ts";

const RATE = 16_000;
const silly = clip("librispeech_test_other/1688-142285-0002.flac").file;
const jfk = clip("containers_jfk/jfk.wav").file;

let audio: Audio;
let settings: CaptureSettings;
beforeAll(() => {
  const spool = { create: () => Promise.reject(new Error("these tests need no ffmpeg")) };
  audio = openAudio({ ffmpeg: {}, spool }, silentLog);
  settings = { audio, ffmpeg: {} };
});
afterAll(() => audio.close());

const open = (source: CaptureSource) => openCapture(source, settings);

async function all({ blocks }: Capture): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const block of blocks) parts.push(block.slice());
  return new Float32Array(Bun.concatArrayBuffers(parts));
}

describe("a recording in place of a microphone", () => {
  test("gives every sample, paced or not", async () => {
    const pcm = pcmOf("librispeech_test_other/1688-142285-0002.flac");
    expect(await all(await open({ file: silly, realtime: false }))).toEqual(pcm);
    expect(await all(await open({ file: silly, realtime: true }))).toEqual(pcm);
  });

  test("that is paced gives no sample before it would have been heard, in pieces of 20 ms", async () => {
    const { blocks, close } = await open({ file: silly, realtime: true });
    let began: number | undefined;
    let heard = 0;
    for await (const block of blocks) {
      // The clock begins with the sound, and so some microseconds before this one.
      began ??= performance.now() - (1000 * block.length) / RATE;
      expect(block.length).toBeLessThanOrEqual(320);
      heard += block.length;
      expect(performance.now() - began).toBeGreaterThan((1000 * heard) / RATE - 5);
      if (heard > RATE) break;
    }
    await close();
  });

  test("comes through a pipe as well, byte by byte if need be", async () => {
    const bytes = new Uint8Array(await Bun.file(jfk).arrayBuffer());
    const pipe = async function* () {
      for (let at = 0; at < 1000; at++) yield bytes.subarray(at, at + 1);
      for (let at = 1000; at < bytes.length; at += 9999) yield bytes.subarray(at, at + 9999);
    };
    expect(await all(await open({ pipe: pipe(), realtime: false }))).toEqual(pcmOf("containers_jfk/jfk.wav"));
  });

  test("ends when it is closed, also while somebody waits for its sound", async () => {
    const capture = await open({ file: jfk, realtime: true });
    const heard = all(capture);
    await Bun.sleep(50);
    await capture.close();
    expect((await heard).length).toBeLessThan(11 * RATE);
    const never = new ReadableStream<Uint8Array>({});
    const silent = await open({ pipe: never, realtime: true });
    const nothing = all(silent);
    await silent.close();
    expect((await nothing).length).toBe(0);
  });

  test("that is none is refused with the reason", async () => {
    await expect(open({ file: "/no/such/file.wav", realtime: true })).rejects.toMatchObject({ code: "bad-audio" });
    const pipe = async function* () {
      yield new TextEncoder().encode("<!doctype html><title>404</title>".padEnd(10_000));
    };
    const page = await open({ pipe: pipe(), realtime: false });
    await expect(all(page)).rejects.toThrow("a web page");
  });

  test("stalls when its source does, and catches up", async () => {
    const source = async function* () {
      yield new Float32Array(1600);
      await Bun.sleep(150);
      yield new Float32Array(3200);
    };
    const sizes: number[] = [];
    for await (const piece of paced(source())) sizes.push(piece.length);
    expect(sizes).toEqual(Array(15).fill(320));
  });
});

describe("the sound systems", () => {
  test("are those of the platform; a sound server comes before the bare devices", () => {
    expect(captureSystem("darwin", {})).toBe("avfoundation");
    expect(captureSystem("win32", {})).toBe("dshow");
    expect(captureSystem("linux", { XDG_RUNTIME_DIR: "/nowhere" })).toBe("alsa");
    expect(captureSystem("linux", { PULSE_SERVER: "unix:/run/pulse" })).toBe("pulse");
  });

  test("take a device's name whatever it is", () => {
    expect(captureInput("alsa", undefined)).toEqual(["-f", "alsa", "-i", "default"]);
    expect(captureInput("avfoundation", "1").slice(-1)).toEqual([":1"]);
    expect(captureInput("dshow", "Microphone (USB)").slice(-1)).toEqual(["audio=Microphone (USB)"]);
    // A name that looks like an option stands behind -i and is none.
    expect(captureInput("pulse", "-f").slice(-2)).toEqual(["-i", "-f"]);
    for (const system of ["pulse", "alsa", "avfoundation", "dshow"] as const)
      expect(listingArguments(system).length).toBeGreaterThan(1);
  });

  // The lists are as ffmpeg prints them, from bug reports and forums of people who had the hardware; names are shortened.
  test("list their devices: ALSA and PulseAudio, of ffmpeg 4 and 5", () => {
    const printed = [
      "Auto-detected sources for pulse:",
      "  alsa_output.pci.analog-stereo.monitor [Monitor of Built-in Audio Analog Stereo] (none)",
      "* alsa_input.usb-0d8c.mono-fallback [USB PnP Sound Device Mono] (audio)",
      "* default [Playback/recording through the PulseAudio sound server]",
    ].join("\n");
    expect(devicesIn("pulse", printed).map(({ name, title, isDefault }) => [name, title, isDefault])).toEqual([
      ["alsa_output.pci.analog-stereo.monitor", "Monitor of Built-in Audio Analog Stereo", false],
      ["alsa_input.usb-0d8c.mono-fallback", "USB PnP Sound Device Mono", true],
      ["default", "Playback/recording through the PulseAudio sound server", true],
    ]);
    expect(devicesIn("pulse", "Auto-detected sources for pulse:\nCannot list sources: Generic error")).toEqual([]);
  });

  test("AVFoundation, whose cameras are no microphones", () => {
    const printed = [
      "[AVFoundation input device @ 0x7fda1bc152c0] AVFoundation video devices:",
      "[AVFoundation input device @ 0x7fda1bc152c0] [0] FaceTime HD Camera (Built-in)",
      "[AVFoundation input device @ 0x7fda1bc152c0] AVFoundation audio devices:",
      "[AVFoundation input device @ 0x7fda1bc152c0] [0] USB Audio CODEC",
      "[AVFoundation indev @ 0x7fda1bc152c0] [1] Built-in Microphone",
      ": Input/output error",
    ].join("\n");
    expect(devicesIn("avfoundation", printed).map(({ name, title }) => `${name} ${title}`)).toEqual([
      "0 USB Audio CODEC",
      "1 Built-in Microphone",
    ]);
    expect(devicesIn("avfoundation", "Unknown input format: 'avfoundation'")).toEqual([]);
  });

  test("DirectShow, before and since ffmpeg 5", () => {
    const before = [
      "[dshow @ 00000000001c23c0] DirectShow video devices (some may be both video and audio devices)",
      '[dshow @ 00000000001c23c0]  "Integrated Webcam"',
      '[dshow @ 00000000001c23c0]     Alternative name "@device_pnp_\\\\?\\usb#vid_0c45"',
      "[dshow @ 00000000001c23c0] DirectShow audio devices",
      '[dshow @ 00000000001c23c0]  "麦克风 (High Definition Audio 设备)"',
      '[dshow @ 00000000001c23c0]     Alternative name "@device_cm_{33D9A762}\\wave_{E26AD2BE}"',
      "dummy: Immediate exit requested",
    ].join("\r\n");
    const since = [
      '[dshow @ 000002] "Integrated Webcam" (video)',
      '[dshow @ 000002]   Alternative name "@device_pnp_1"',
      '[dshow @ 000002] "Microphone (USB Audio)" (audio)',
      '[dshow @ 000002] "virtual-audio-capturer" (audio)',
    ].join("\r\n");
    expect(devicesIn("dshow", before).map(({ name }) => name)).toEqual(["麦克风 (High Definition Audio 设备)"]);
    expect(devicesIn("dshow", since).map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["Microphone (USB Audio)", true],
      ["virtual-audio-capturer", false],
    ]);
  });

  test("say in a sentence why there is no sound", () => {
    const said = (complaints: string, device?: string, isHeard = false) =>
      captureFailure(complaints, { device, isHeard }).message;
    expect(said("[alsa] cannot open audio device default (No such file or directory)")).toBe(
      "The microphone cannot be opened. There is none here.",
    );
    expect(said("[alsa] cannot open audio device hw:1 (Device or resource busy)", "hw:1")).toBe(
      "The device hw:1 cannot be opened. Another program is using it.",
    );
    expect(said("default: Permission denied")).toContain("is not allowed to use it");
    expect(said("[in] something new\nhw:2: a reason that nobody knew", "hw:2")).toBe(
      "The device hw:2 cannot be opened. ffmpeg says: hw:2: a reason that nobody knew",
    );
    expect(said("", undefined, true)).toBe("The microphone has stopped.");
    expect(said("")).toBe("The microphone cannot be opened. It gave no sound.");
  });
});
