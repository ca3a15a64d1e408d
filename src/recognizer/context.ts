/** How much of the encoder a window needs. */

/** Encoder positions in a second. */
const POSITIONS = 50;
/** Beyond the audio the encoder must see this much silence, or the decoder loops or stops early (docs/decoding.md has the figures). */
const MARGIN = 448;
/** The full context: 30 s. */
export const FULL_CONTEXT = 1500;

/** Positions for so many seconds of audio. */
export function audioContext(seconds: number): number {
  return Math.min(FULL_CONTEXT, Math.ceil(seconds * POSITIONS) + MARGIN);
}
