/** `/debug/cfg`: what the recognition is set to, as a text in YAML. Addresses, paths and keys are the owner's business. */
import type { Settings } from "../../config/table.ts";

/** The settings that Parakeet's users look for there. */
export function configurationText({ model, language, backend, vad, decode, parakeet }: Settings): string {
  const sections = {
    model: { name: model.split(/[/\\]/).at(-1), language },
    audio: { sample_rate: 16_000, max_utterance: parakeet.maxUtterance, unchunked_limit: parakeet.unchunkedLimit },
    engine: { name: "whisper.cpp", backend },
    vad: { threshold: vad.threshold, min_silence: vad.minSilence, pad: vad.pad },
    decoding: { beam_size: decode.beamSize, temperature: decode.temperature },
  };
  const lines = Object.entries(sections).flatMap(([name, values]) => [
    `${name}:`,
    // A JSON value is one of YAML.
    ...Object.entries(values).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
  ]);
  return `${lines.join("\n")}\n`;
}
