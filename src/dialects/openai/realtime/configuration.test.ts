import { describe, expect, test } from "bun:test";
import { VerbatimError } from "../../../error.ts";
import { changed, DEFAULTS } from "./configuration.ts";

const input = (fields: object) => ({ type: "transcription", audio: { input: fields } });

describe("an update", () => {
  test("of nothing changes nothing", () => {
    expect(changed(DEFAULTS, {})).toEqual(DEFAULTS);
    expect(changed(DEFAULTS, input({}))).toEqual(DEFAULTS);
  });

  test("keeps what it leaves out, clears what is null, and changes an object's given fields", () => {
    const first = changed(
      DEFAULTS,
      input({
        transcription: { model: "gpt-4o-transcribe", language: "de", prompt: "Namen" },
        turn_detection: { type: "server_vad", threshold: 0.7, silence_duration_ms: 900 },
        noise_reduction: { type: "near_field" },
      }),
    );
    expect(first.turnDetection).toEqual({
      type: "server_vad",
      threshold: 0.7,
      prefix_padding_ms: 300,
      silence_duration_ms: 900,
      idle_timeout_ms: null,
    });
    const second = changed(
      first,
      input({ transcription: { language: null }, turn_detection: { prefix_padding_ms: 100 }, noise_reduction: null }),
    );
    expect(second.transcription).toEqual({ model: "gpt-4o-transcribe", language: null, prompt: "Namen" });
    expect(second.turnDetection).toMatchObject({ threshold: 0.7, prefix_padding_ms: 100, silence_duration_ms: 900 });
    expect(second.noiseReduction).toBeNull();
    expect(changed(second, input({ transcription: null, turn_detection: null }))).toMatchObject({
      transcription: null,
      turnDetection: null,
    });
  });

  test("of turn detection from null begins with the defaults", () => {
    const manual = changed(DEFAULTS, input({ turn_detection: null }));
    expect(changed(manual, input({ turn_detection: {} })).turnDetection).toEqual(DEFAULTS.turnDetection);
    const semantic = changed(manual, input({ turn_detection: { type: "semantic_vad" } }));
    expect(semantic.turnDetection).toEqual({ type: "semantic_vad", eagerness: "auto" });
    const eager = { type: "semantic_vad", eagerness: "high", create_response: false } as const;
    expect(changed(semantic, input({ turn_detection: eager })).turnDetection).toEqual(eager);
    expect(changed(semantic, input({ turn_detection: { type: "none" } })).turnDetection).toBeNull();
  });

  test("knows the beta's names", () => {
    const beta = {
      input_audio_format: "g711_ulaw",
      input_audio_transcription: { model: "whisper-1", prompt: "", language: "" },
      input_audio_noise_reduction: { type: "far_field" },
      turn_detection: { type: "server_vad", silence_duration_ms: 500 },
      include: ["item.input_audio_transcription.logprobs", "something.else"],
    };
    expect(changed(DEFAULTS, beta)).toMatchObject({
      format: { type: "audio/pcmu" },
      transcription: { model: "whisper-1", prompt: "", language: null },
      noiseReduction: { type: "far_field" },
      turnDetection: { silence_duration_ms: 500, threshold: 0.5 },
      include: ["item.input_audio_transcription.logprobs"],
    });
    expect(changed(changed(DEFAULTS, beta), { include: null }).include).toBeNull();
  });

  test("takes any rate, and a format by its bare name", () => {
    const format = (given: unknown, before = DEFAULTS) => changed(before, input({ format: given })).format;
    for (const rate of [8000, 16_000, 48_000])
      expect(format({ type: "audio/pcm", rate })).toEqual({ type: "audio/pcm", rate });
    const slow = changed(DEFAULTS, input({ format: { rate: 16_000 } }));
    expect(format({ type: "audio/pcm" }, slow)).toEqual({ type: "audio/pcm", rate: 16_000 });
    expect(format(null, slow)).toEqual({ type: "audio/pcm", rate: 24_000 });
    expect(format("pcm16")).toEqual({ type: "audio/pcm", rate: 24_000 });
    expect(format("g711_alaw")).toEqual({ type: "audio/pcma" });
    expect(format({ type: "audio/pcmu", rate: 8000 })).toEqual({ type: "audio/pcmu" });
  });
});

test("what cannot be is refused by the name of its field", () => {
  const refusal = (session: unknown): VerbatimError => {
    try {
      changed(DEFAULTS, session);
    } catch (thrown) {
      if (thrown instanceof VerbatimError) return thrown;
    }
    throw new Error("it was taken");
  };
  const cases: [unknown, string][] = [
    [7, "session"],
    [{ type: "translation" }, "session.type"],
    [{ audio: "loud" }, "session.audio"],
    [{ audio: { input: [] } }, "session.audio.input"],
    [input({ format: "mp3" }), "session.audio.input.format"],
    [input({ format: { type: "audio/opus" } }), "session.audio.input.format.type"],
    [input({ format: { rate: 10 } }), "session.audio.input.format.rate"],
    [input({ format: { rate: 22_050.5 } }), "session.audio.input.format.rate"],
    [input({ transcription: "whisper-1" }), "session.audio.input.transcription"],
    [input({ transcription: { model: 1 } }), "session.audio.input.transcription.model"],
    [input({ transcription: { language: "xx!" } }), "session.audio.input.transcription.language"],
    [input({ transcription: { keywords: "a" } }), "session.audio.input.transcription.keywords"],
    [input({ transcription: { delay: "bogus" } }), "session.audio.input.transcription.delay"],
    [input({ noise_reduction: { type: "middle" } }), "session.audio.input.noise_reduction.type"],
    [input({ turn_detection: { type: "magic" } }), "session.audio.input.turn_detection.type"],
    [input({ turn_detection: { threshold: 2 } }), "session.audio.input.turn_detection.threshold"],
    [input({ turn_detection: { silence_duration_ms: -1 } }), "session.audio.input.turn_detection.silence_duration_ms"],
    [{ turn_detection: { prefix_padding_ms: "x" } }, "session.turn_detection.prefix_padding_ms"],
    [{ turn_detection: { type: "semantic_vad", eagerness: "very" } }, "session.turn_detection.eagerness"],
    [{ input_audio_format: "pcm8" }, "session.input_audio_format"],
  ];
  for (const [session, parameter] of cases)
    expect([refusal(session).code, refusal(session).parameter]).toEqual(["bad-parameter", parameter]);
  expect(refusal(input({ transcription: { delay: "bogus" } })).message).toBe(
    "Invalid value: 'bogus'. Supported values are: 'minimal', 'low', 'medium', 'high' and 'xhigh'.",
  );
  expect(refusal(input({ transcription: { language: "xx!" } })).reason).toBe("language-format");
});
