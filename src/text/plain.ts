import type { Channel, Transcript } from "./transcript.ts";

/** All that a channel said, on one line. */
export function channelText(channel: Channel): string {
  return channel.segments
    .map(({ text }) => text)
    .join("")
    .trim();
}

/** Plain text: one line; with several channels, a line for each turn with the channel's number before it. */
export function toPlain(transcript: Transcript): string {
  const [only, ...others] = transcript.channels;
  if (only === undefined || others.length === 0) return `${only === undefined ? "" : channelText(only)}\n`;
  const segments = transcript.channels.flatMap((channel, i) =>
    channel.segments.map((segment) => ({ segment, voice: i + 1 })),
  );
  segments.sort((a, b) => a.segment.from - b.segment.from || a.voice - b.voice);
  const turns: { voice: number; text: string }[] = [];
  for (const { segment, voice } of segments) {
    const last = turns.at(-1);
    if (last?.voice === voice) last.text += segment.text;
    else turns.push({ voice, text: segment.text });
  }
  return turns.map(({ voice, text }) => `[${voice}] ${text.trim()}\n`).join("") || "\n";
}
