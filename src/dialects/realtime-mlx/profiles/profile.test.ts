import { expect, test } from "bun:test";
import { VerbatimError } from "../../../error.ts";
import { merged } from "./merge.ts";
import { predefined } from "./predefined.ts";
import { checkProfile, ineffective } from "./profile.ts";

function refusal(value: unknown, strangers: "refuse" | "pass" = "refuse"): [string | undefined, string] {
  try {
    checkProfile(value, { strangers, at: "custom_config" });
  } catch (thrown) {
    if (thrown instanceof VerbatimError) return [thrown.parameter, thrown.message];
  }
  throw new Error("it was taken");
}

test("what is wrong is named by its path, with what it must be", () => {
  expect(refusal({ vad: { sensitivity: 7 } })).toEqual([
    "custom_config.vad.sensitivity",
    "custom_config.vad.sensitivity must be between 0.0 and 1.0, got 7",
  ]);
  expect(refusal({ vad: { parameters: { frame_duration_ms: 25 } } })[1]).toEndWith("must be 10 or 20 or 30, got 25");
  expect(refusal({ vad: { window_size: 0 } })[1]).toEndWith("must be a whole number between 1 and 1000, got 0");
  expect(refusal({ wake_word: { words: "jarvis" } })[1]).toEndWith('must be a list of 1 to 20 texts, got "jarvis"');
  expect(refusal({ transcription: { language: 7 } })[1]).toEndWith(
    "must be a text of at most 200 characters or null, got 7",
  );
  expect(refusal({ transcription: { auto_start: "yes" } })[1]).toEndWith('must be true or false, got "yes"');
  expect(refusal({ transcription: { options: { beam_size: 99 } } })[0]).toBe(
    "custom_config.transcription.options.beam_size",
  );
  expect(refusal({ vad: [] })[1]).toBe("custom_config.vad must be an object, got []");
  expect(refusal({ vad: { sensitivty: 1 } })).toEqual([
    "custom_config.vad.sensitivty",
    "Unknown field: custom_config.vad.sensitivty",
  ]);
});

test("fields that nobody knows may pass; ill-typed ones never do", () => {
  const strange = { ui: { colour: "red" }, vad: { speed: 1 } };
  expect(checkProfile(strange, { strangers: "pass" })).toBe(strange as never);
  expect(refusal({ ...strange, vad: { enabled: 1 } }, "pass")[0]).toBe("custom_config.vad.enabled");
});

test("wishes are laid over a profile field by field, one level deep", () => {
  const profile = merged(predefined["wake-word"] ?? {}, {
    vad: { sensitivity: 0.7, parameters: { webrtc_aggressiveness: 1 } },
    wake_word: { words: ["alexa"] },
    transcription: { language: "no" },
  });
  expect(profile.vad).toEqual({
    detector_type: "combined",
    sensitivity: 0.7,
    enabled: true,
    parameters: { webrtc_aggressiveness: 1 },
  });
  expect(profile.wake_word).toEqual({ enabled: true, words: ["alexa"], sensitivity: 0.7, timeout: 30 });
  expect(profile.transcription).toEqual({ auto_start: false, language: "no" });
  expect(predefined["wake-word"]?.wake_word?.words).toEqual(["jarvis"]);
});

test("what has no effect is known by its path", () => {
  expect(ineffective({ transcription: { engine: "mlx_whisper" } })).toEqual([]);
  expect(
    ineffective({
      transcription: { engine: "openai", options: { beam_size: 5, best_of: 5 } },
      vad: { window_size: 5 },
    }),
  ).toEqual(["transcription.engine", "transcription.options.best_of", "vad.window_size"]);
});
