/**
 * What Whisper writes about sounds that are no speech: `[BLANK_AUDIO]`, `(dramatic music)`, `*laughs*`, `♪`. Told by its form alone:
 * brackets, asterisks and notes are not spoken.
 */

const SPAN =
  /\[[^\]]*(\]|$)|\([^)]*(\)|$)|【[^】]*(】|$)|（[^）]*(）|$)|\*[^*]+\*|[♩♪♫♬♭♮♯][^♩♪♫♬♭♮♯]*[♩♪♫♬♭♮♯]|[♩♪♫♬♭♮♯]/gu;

/** Whether a text says something about a sound, and may say more. */
export function hasAnnotation(text: string): boolean {
  return text.search(SPAN) >= 0;
}

/** Whether there is nothing in a text but such words: no letter and no digit stands outside them. */
export function isAnnotation(text: string): boolean {
  return hasAnnotation(text) && !/[\p{L}\p{N}]/u.test(text.replace(SPAN, ""));
}
