import { expect, test } from "bun:test";
import { defaultSettings } from "../../../config/load.ts";
import { predefined } from "../profiles/predefined.ts";
import { planOf, voiceRules } from "./plan.ts";

const settings = defaultSettings();

test("a higher sensitivity asks for less, and 0.6 is the server's own threshold", () => {
  expect(voiceRules({}).threshold).toBe(settings.vad.threshold);
  const thresholds = [0, 0.3, 0.6, 0.9, 1].map((sensitivity) => voiceRules({ sensitivity }).threshold);
  expect(thresholds).toEqual([...thresholds].sort((a, b) => b - a));
  expect(new Set(thresholds).size).toBe(5);
  expect(voiceRules({ sensitivity: 0.2, parameters: { silero_threshold: 0.5 } }).threshold).toBe(0.5);
});

test("the level is asked by webrtc and combined, the network by silero and combined", () => {
  expect(voiceRules({ detector_type: "silero" }).gate).toBeUndefined();
  expect(voiceRules({ detector_type: "combined" }).gate).toBeCloseTo(-60);
  expect(voiceRules({ detector_type: "webrtc" })).toMatchObject({ threshold: 0.05, gate: -60 });
  expect(voiceRules({ parameters: { webrtc_aggressiveness: 3 } }).gate).toBe(-45);
  expect(voiceRules({ min_speech_duration: 0.5 }).minSpeechMs).toBe(500);
  expect(voiceRules({ enabled: false })).toEqual({ threshold: 0.01, hysteresis: 0, minSpeechMs: 0 });
});

test("the predefined profiles", async () => {
  const triggered = await planOf(predefined["vad-triggered"] ?? {}, settings);
  expect(triggered).toMatchObject({
    session: { endpointing: 900, task: "transcribe" },
    transcribes: true,
    features: ["audio_capture", "voice_activity_detection", "transcription"],
    warnings: [],
  });
  expect(triggered.wake).toBeUndefined();
  const wake = await planOf(predefined["wake-word"] ?? {}, settings);
  expect(wake.wake).toEqual({ words: ["jarvis"], sensitivity: 0.7, timeout: 30 });
  expect(wake.features).toEqual(["audio_capture", "voice_activity_detection", "wake_word_detection", "transcription"]);
});

test("what cannot be had is told, and refused by a strict server", async () => {
  const norwegian = {
    transcription: { language: "no", auto_start: true, options: { beam_size: 5, compute_type: "int8" } },
  };
  const { session, warnings } = await planOf(norwegian, settings);
  expect([session.language, session.beamSize]).toEqual([undefined, 5]);
  expect(warnings).toEqual([
    "transcription.options.compute_type has no effect here.",
    expect.stringContaining("knows English only"),
  ]);
  const strict = { ...settings, strictParameters: true };
  await expect(planOf(norwegian, strict)).rejects.toMatchObject({ code: "language-unsupported" });
  await expect(planOf({ vad: { window_size: 3 } }, strict)).rejects.toMatchObject({ parameter: "vad.window_size" });
  await expect(planOf({ transcription: { language: "klingon" } }, settings)).rejects.toMatchObject({
    code: "language-unsupported",
  });
});
