/**
 * Tokens → words. A character may be split over tokens, a word over many; punctuation belongs to the word it stands at.
 * Joining the words of a segment by its own spaces gives the segment's text back.
 */
import type { Decoded, DecodedToken } from "../engine/job.ts";

/** A word with the tokens it is made of; `text` has no outer space. */
export interface TokenWord {
  text: string;
  /** Whether a space stands before it in the text. */
  spaced: boolean;
  tokens: DecodedToken[];
  /** Those tokens that carry letters or digits: they alone say how long the word is and how sure it is. */
  spoken: DecodedToken[];
}

// Scripts written without spaces between words: every token (one character, or some that the vocabulary keeps together)
// counts as a word, as it does for Whisper's own word times.
const UNSPACED =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}|\p{Script=Myanmar}|\p{Script=Tibetan}/u;
// Marks and the long-vowel sign never stand alone.
const CONTINUES = /^[\p{M}ーゝヽ々]/u;
const SPOKEN = /[\p{L}\p{N}]/u;
const OPENS = /^\s*[\p{Ps}\p{Pi}"'¿¡]+$/u;
const OPENS_UNSPACED = /^[「『（《〈【〔“]/u;
const WIDE_PUNCTUATION = /[、。，．！？；：」』）》〉】〕…]$/u;

/** The tokens of a result that are text: timestamps have none. */
export function textTokens(decoded: Decoded): DecodedToken[] {
  return decoded.segments.flatMap(({ tokens }) => tokens).filter(({ text, hex }) => hex !== undefined || text !== "");
}

/** The token's bytes. */
export function tokenBytes(token: DecodedToken): Uint8Array {
  return token.hex === undefined ? new TextEncoder().encode(token.text ?? "") : Uint8Array.fromHex(token.hex);
}

/** Groups tokens (text only, no timestamps) into words. */
export function groupWords(tokens: readonly DecodedToken[]): TokenWord[] {
  const words: TokenWord[] = [];
  let previous = "";
  for (const { text, tokens: parts } of characters(tokens)) {
    const spoken = SPOKEN.test(text) ? parts : [];
    const last = words.at(-1);
    if (last === undefined || begins(text, previous))
      words.push({ text: text.trimStart(), spaced: /^\s/.test(text), tokens: [...parts], spoken: [...spoken] });
    else {
      last.text += text;
      last.tokens.push(...parts);
      last.spoken.push(...spoken);
    }
    previous = text;
  }
  return attachPunctuation(words.filter(({ text }) => text.trim() !== ""));
}

/** Text of tokens, their bytes joined before they are decoded. */
export function tokenText(tokens: readonly DecodedToken[]): string {
  return new TextDecoder().decode(Buffer.concat(tokens.map(tokenBytes)));
}

/** Whether words of this text are written without spaces between them. */
export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text);
}

function begins(text: string, previous: string): boolean {
  if (/^\s/.test(text)) return true;
  if (CONTINUES.test(text)) return false;
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0);
  const last = Array.from(previous).at(-1) ?? "";
  if (OPENS_UNSPACED.test(first) && (UNSPACED.test(last) || WIDE_PUNCTUATION.test(last))) return true;
  if (OPENS_UNSPACED.test(last)) return false;
  if (UNSPACED.test(first)) return true;
  return SPOKEN.test(first) && (UNSPACED.test(last) || WIDE_PUNCTUATION.test(last));
}

/** What has no letter or digit joins its neighbour: opening marks the next word, everything else the one before. */
function attachPunctuation(words: TokenWord[]): TokenWord[] {
  const joined: TokenWord[] = [];
  let opening: TokenWord | undefined;
  for (const word of words) {
    const last = joined.at(-1);
    if (opening !== undefined) {
      opening = merge(opening, word);
      if (opening.spoken.length > 0) {
        joined.push(opening);
        opening = undefined;
      }
    } else if (word.spoken.length > 0) joined.push(word);
    else if (last === undefined || OPENS.test(word.text)) opening = word;
    else joined[joined.length - 1] = merge(last, word);
  }
  const last = joined.at(-1);
  if (opening !== undefined && last !== undefined) joined[joined.length - 1] = merge(last, opening);
  return joined;
}

function merge(a: TokenWord, b: TokenWord): TokenWord {
  return {
    text: `${a.text}${b.spaced ? " " : ""}${b.text}`,
    spaced: a.spaced,
    tokens: [...a.tokens, ...b.tokens],
    spoken: [...a.spoken, ...b.spoken],
  };
}

/** Runs of tokens whose bytes are whole characters. */
function* characters(tokens: readonly DecodedToken[]): Generator<{ text: string; tokens: DecodedToken[] }> {
  let run: DecodedToken[] = [];
  for (const token of tokens) {
    run.push(token);
    const bytes = Buffer.concat(run.map(tokenBytes));
    if (endsInsideCharacter(bytes)) continue;
    yield { text: new TextDecoder().decode(bytes), tokens: run };
    run = [];
  }
  if (run.length > 0) yield { text: tokenText(run), tokens: run };
}

/** RFC 3629: a lead byte announces how many bytes its character has. */
function endsInsideCharacter(bytes: Uint8Array): boolean {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back;
  }
  return false;
}
