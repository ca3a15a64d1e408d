/** `timestamps` as Parakeet's clients know them: their model's own names in the singular, and those of the server's page in the plural. */
import type { Transcript } from "../text/transcript.ts";

/** Seconds that one step of their model's encoder stands for. */
const STEP = 0.08;

interface Span {
  start: number;
  end: number;
  /** In steps. */
  start_offset: number;
  end_offset: number;
}

type WordItem = Span & { word: string; text: string };
type SegmentItem = Span & { segment: string; text: string };

export interface Timestamps {
  word: WordItem[];
  words: WordItem[];
  segment: SegmentItem[];
  segments: SegmentItem[];
  /** Whisper has no times of characters. */
  char: [];
  timestep: [];
}

/** All times of a transcript that was made with words and segments. */
export function timestampsOf({ channels }: Pick<Transcript, "channels">): Timestamps {
  const spoken = channels.flatMap((channel) => channel.segments);
  const word = spoken.flatMap(({ words }) =>
    words.map((one) => ({ word: one.text.trim(), text: one.text.trim(), ...spanOf(one) })),
  );
  const segment = spoken.map((one) => ({ segment: one.text.trim(), text: one.text.trim(), ...spanOf(one) }));
  return { word, words: word, segment, segments: segment, char: [], timestep: [] };
}

function spanOf({ from, to }: { from: number; to: number }): Span {
  return {
    start: hundredths(from),
    end: hundredths(to),
    start_offset: Math.round(from / STEP),
    end_offset: Math.round(to / STEP),
  };
}

function hundredths(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
