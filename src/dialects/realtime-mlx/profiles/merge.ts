/** A profile with a request's own wishes over it. */
import type { Profile } from "./profile.ts";

const SECTIONS = ["transcription", "vad", "wake_word"] as const;

/** Section by section, field by field; what a field holds (`vad.parameters`, `wake_word.words`) is replaced as a whole. */
export function merged(profile: Profile, custom: Profile): Profile {
  const sections = SECTIONS.map((name) => [name, { ...profile[name], ...custom[name] }]);
  return { ...profile, ...Object.fromEntries(sections) };
}
