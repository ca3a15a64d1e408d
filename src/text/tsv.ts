import { milliseconds } from "./time.ts";
import type { Transcript } from "./transcript.ts";

/** One segment a line, times in milliseconds, as openai/whisper writes it; with several channels a fourth column says which. */
export function toTsv(transcript: Transcript): string {
  const several = transcript.channels.length > 1;
  const rows = transcript.channels.flatMap(({ segments }, channel) =>
    segments.map(({ from, to, text }) => ({ from, to, text: text.trim().replace(/\s+/g, " "), channel: channel + 1 })),
  );
  rows.sort((a, b) => a.from - b.from || a.channel - b.channel);
  return [
    `start\tend\ttext${several ? "\tchannel" : ""}`,
    ...rows.map(({ from, to, text, channel }) =>
      [milliseconds(from), milliseconds(to), text, ...(several ? [channel] : [])].join("\t"),
    ),
    "",
  ].join("\n");
}
