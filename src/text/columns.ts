/** Wide characters of East Asian scripts (Unicode Standard Annex 11) and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many columns a text takes on a screen. Not Bun's own function, because browsers break subtitles with the same code. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text))
    columns += INVISIBLE.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1;
  return columns;
}
