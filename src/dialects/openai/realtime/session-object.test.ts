import { expect, test } from "bun:test";
import { changed, DEFAULTS } from "./configuration.ts";
import { betaFields, sessionObject } from "./session-object.ts";

// The objects below are those of recorded sessions (openai-dotnet's RealtimeProtocolTests, 2026) and of OpenAI's own API description.
const facts = { id: "sess_D3q9wsdt7FeWl5Rfjx3Iw", expiresAt: 0, model: undefined };

test("a transcription session as it begins", () => {
  expect(JSON.stringify(sessionObject(DEFAULTS, "ga", facts))).toBe(
    '{"type":"transcription","object":"realtime.transcription_session","id":"sess_D3q9wsdt7FeWl5Rfjx3Iw","expires_at":0,' +
      '"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":null,"noise_reduction":null,' +
      '"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":200,"idle_timeout_ms":null}}},' +
      '"include":null}',
  );
});

test("the same after an update", () => {
  const configuration = changed(DEFAULTS, {
    type: "transcription",
    audio: { input: { transcription: { model: "whisper-1", language: "en" }, turn_detection: null } },
  });
  expect(JSON.stringify(sessionObject(configuration, "ga", { ...facts, expiresAt: 1_763_600_000 }))).toBe(
    '{"type":"transcription","object":"realtime.transcription_session","id":"sess_D3q9wsdt7FeWl5Rfjx3Iw","expires_at":1763600000,' +
      '"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":{"model":"whisper-1","language":"en","prompt":null},' +
      '"noise_reduction":null,"turn_detection":null}},"include":null}',
  );
});

test("the beta's, flat", () => {
  expect(JSON.stringify(sessionObject(DEFAULTS, "beta", { ...facts, id: "sess_1", expiresAt: 5 }))).toBe(
    '{"id":"sess_1","object":"realtime.transcription_session","expires_at":5,"client_secret":null,"include":null,' +
      '"input_audio_format":"pcm16","input_audio_noise_reduction":null,"input_audio_transcription":null,' +
      '"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":200}}',
  );
  const configuration = changed(DEFAULTS, {
    input_audio_format: "g711_alaw",
    input_audio_transcription: { model: "gpt-4o-transcribe" },
  });
  expect(betaFields(configuration)).toMatchObject({
    input_audio_format: "g711_alaw",
    input_audio_transcription: { model: "gpt-4o-transcribe", language: null, prompt: "" },
  });
});

test("a conversation keeps its type", () => {
  const configuration = changed(DEFAULTS, { type: "realtime", instructions: "Be kind." });
  expect(sessionObject(configuration, "ga", { ...facts, model: "gpt-realtime" })).toMatchObject({
    type: "realtime",
    object: "realtime.session",
    model: "gpt-realtime",
    audio: { input: { format: { type: "audio/pcm", rate: 24_000 } } },
  });
});
