/** The profiles that every server has, as the page prints them. */
import type { Profile } from "./profile.ts";

export const DEFAULT_PROFILE = "vad-triggered";

export const predefined: Readonly<Record<string, Profile>> = {
  "vad-triggered": {
    description: "VAD-triggered transcription - only transcribe when speech is detected",
    transcription: { auto_start: true },
    vad: { detector_type: "combined", sensitivity: 0.6, enabled: true, min_speech_duration: 0.25 },
    wake_word: { enabled: false },
  },
  "wake-word": {
    description: "Wake word activated - say 'jarvis' to start listening",
    transcription: { auto_start: false },
    vad: { detector_type: "combined", sensitivity: 0.6, enabled: true },
    wake_word: { enabled: true, words: ["jarvis"], sensitivity: 0.7, timeout: 30 },
  },
};

/** What the original has in its own files beyond that; `hearing/plan.ts` takes it where nothing is said. */
const originalParameters = {
  frame_duration_ms: 30,
  speech_confirmation_frames: 2,
  silence_confirmation_frames: 30,
  speech_buffer_size: 100,
} as const;

/** A predefined profile as the original shows it. */
export function asOriginal(profile: Profile): Profile {
  return { ...profile, vad: { min_speech_duration: 0.25, ...profile.vad, parameters: originalParameters } };
}
