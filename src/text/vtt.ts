import { type Cue, toCues } from "./cues.ts";
import { timestamp } from "./time.ts";
import type { Transcript } from "./transcript.ts";

/** WebVTT (W3C): with several channels each cue carries a voice. */
export function toVtt(transcript: Transcript): string {
  const cues = toCues(transcript).map(
    (cue) => `${timestamp(cue.from, ".")} --> ${timestamp(cue.to, ".")}\n${body(cue)}\n`,
  );
  return ["WEBVTT\n", ...cues].join("\n");
}

function body({ lines, voice }: Cue): string {
  const text = escapeVtt(lines.join("\n"));
  return voice === undefined ? text : `<v Channel ${voice}>${text}`;
}

/** Cue text as WebVTT wants it: section 4.2.2 of the specification gives these three characters a meaning. */
function escapeVtt(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
