import { type Cue, toCues } from "./cues.ts";
import { timestamp } from "./time.ts";
import type { Transcript } from "./transcript.ts";

/** SubRip: numbered cues; with several channels each cue says whose it is. */
export function toSrt(transcript: Transcript): string {
  return toCues(transcript)
    .map((cue, i) => `${i + 1}\n${timestamp(cue.from, ",")} --> ${timestamp(cue.to, ",")}\n${body(cue)}\n`)
    .join("\n");
}

function body({ lines, voice }: Cue): string {
  // A reader takes the arrow for a time line.
  const text = lines.join("\n").replaceAll("-->", "->");
  return voice === undefined ? text : `[${voice}] ${text}`;
}
