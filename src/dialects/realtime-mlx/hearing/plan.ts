/** What a profile asks of the hearing. */
import type { Settings } from "../../../config/table.ts";
import { VerbatimError } from "../../../error.ts";
import type { SessionOptions } from "../../../recognizer/live/events.ts";
import type { RegionOptions } from "../../../vad/speech.ts";
import { modelFor, spoken } from "../model.ts";
import { ineffective, type Profile } from "../profiles/profile.ts";

export interface Plan {
  session: Omit<SessionOptions, "client">;
  /** dBFS below which sound is silence. */
  gate?: number;
  /** Probability that speech must pass, for what is told of it. */
  threshold: number;
  wake?: { words: readonly string[]; sensitivity: number; timeout: number };
  /** Whether what is said is told; a profile may only want to know that somebody speaks. */
  transcribes: boolean;
  tellsSpeech: boolean;
  /** In the original's order. */
  features: readonly string[];
  warnings: readonly string[];
}

/** What the original takes where a profile says nothing. Times are in seconds, but for the frame's milliseconds. */
const defaults = { sensitivity: 0.6, minSpeech: 0.25, frame: 30, silenceFrames: 30, wakeSensitivity: 0.7, timeout: 30 };

/** A profile's meaning; throws what cannot be. */
export async function planOf(profile: Profile, settings: Settings): Promise<Plan> {
  const { transcription = {}, vad = {}, wake_word = {} } = profile;
  const model = await modelFor(transcription.model, settings);
  const { language, warning } = spoken(transcription.language, model, settings);
  const without = ineffective(profile);
  if (settings.strictParameters && without[0] !== undefined)
    throw new VerbatimError("bad-parameter", `${without[0]} has no effect here.`, { parameter: without[0] });
  const { gate, ...rules } = voiceRules(vad);
  const { frame_duration_ms = defaults.frame, silence_confirmation_frames = defaults.silenceFrames } =
    vad.parameters ?? {};
  const beamSize = transcription.options?.beam_size;
  const wakes = wake_word.enabled === true;
  const transcribes = wakes || transcription.auto_start === true;
  return {
    session: {
      model,
      task: "transcribe",
      endpointing: frame_duration_ms * silence_confirmation_frames,
      vad: rules,
      ...(language === undefined ? {} : { language }),
      ...(beamSize === undefined ? {} : { beamSize }),
      ...(transcribes ? {} : { interim: false as const }),
    },
    ...(gate === undefined ? {} : { gate }),
    threshold: rules.threshold,
    ...(wakes
      ? {
          wake: {
            words: wake_word.words ?? ["jarvis"],
            sensitivity: wake_word.sensitivity ?? defaults.wakeSensitivity,
            timeout: wake_word.timeout ?? defaults.timeout,
          },
        }
      : {}),
    transcribes,
    tellsSpeech: vad.enabled !== false,
    features: [
      "audio_capture",
      ...(vad.enabled === false ? [] : ["voice_activity_detection"]),
      ...(wakes ? ["wake_word_detection"] : []),
      ...(profile.transcription && Object.keys(transcription).length > 0 ? ["transcription"] : []),
    ],
    warnings: [...without.map((path) => `${path} has no effect here.`), ...(warning === undefined ? [] : [warning])],
  };
}

/** The plan where a part of it could not be begun, and why. */
export function planWithout(plan: Plan, feature: string, why: string): Plan {
  return {
    ...plan,
    features: plan.features.filter((one) => one !== feature),
    warnings: [...plan.warnings, `There is no ${feature}: ${why}`],
  };
}

type VoiceRules = Pick<RegionOptions, "threshold" | "hysteresis" | "minSpeechMs">;

/**
 * The page calls a higher sensitivity the one for noisy places and for more speech; the original's code does the opposite. Here it is as the
 * page has it: 0.6 is a threshold of 0.4, the server's own default, and each step towards 1 hears more.
 */
export function voiceRules(vad: NonNullable<Profile["vad"]>): VoiceRules & { gate?: number } {
  const { enabled, detector_type = "combined", sensitivity = defaults.sensitivity, parameters = {} } = vad;
  const minSpeechMs = (vad.min_speech_duration ?? defaults.minSpeech) * 1000;
  // Everything is speech.
  if (enabled === false) return { threshold: 0.01, hysteresis: 0, minSpeechMs: 0 };
  const threshold = Math.min(0.95, Math.max(0.05, parameters.silero_threshold ?? 1 - sensitivity));
  const hysteresis = Math.min(0.15, threshold / 2);
  const gate = gateLevel(sensitivity, parameters.webrtc_aggressiveness);
  if (detector_type === "silero") return { threshold, hysteresis, minSpeechMs };
  if (detector_type === "combined") return { threshold, hysteresis, minSpeechMs, gate };
  // The level alone decides: the network's part is no more than to find the silence that the gate has made.
  return { threshold: 0.05, hysteresis: 0.025, minSpeechMs, gate };
}

/** dBFS. WebRTC's four grades of aggressiveness, 0 to 3, or from -45 to -70 by the sensitivity: -60 at 0.6. */
function gateLevel(sensitivity: number, aggressiveness: number | undefined): number {
  return aggressiveness === undefined ? -45 - 25 * sensitivity : -60 + 5 * aggressiveness;
}
