/** Spoken punctuation: "comma", "full stop", "new paragraph". A mark goes to the word before the command; the command's time passes silently. */
import type { Word } from "../transcript.ts";
import { partsOf } from "./parts.ts";
import { capitalised, withTail } from "./removal.ts";
import { keysFrom, type Token, tokensOf } from "./rewrite.ts";

const MARKS: ReadonlyMap<string, string> = new Map([
  ["comma", ","],
  ["period", "."],
  ["full stop", "."],
  ["colon", ":"],
  ["semicolon", ";"],
  ["semi colon", ";"],
  ["semi-colon", ";"],
  ["question mark", "?"],
  ["exclamation mark", "!"],
  ["exclamation point", "!"],
  ["new line", "\n"],
  ["newline", "\n"],
  ["new paragraph", "\n\n"],
]);
/** "a period", "the comma": spoken of, not dictated. */
const ARTICLE =
  /^(?:a|an|the|this|that|these|each|every|any|no|another|my|your|his|her|its|our|their|same|whole|long|short)$/;

/** Carries out the commands in English words. */
export function dictate(words: readonly Word[], language: string): Word[] {
  const tokens = tokensOf(words, language);
  const written: Word[] = [];
  let startsSentence = false;
  for (let at = 0; at < tokens.length; ) {
    const command = commandAt(tokens, at);
    if (command === undefined) {
      const word = words[at] as Word;
      written.push(startsSentence ? capitalised(word) : word);
      startsSentence = false;
      at++;
      continue;
    }
    mark(written, command.mark, words[at] as Word);
    startsSentence = /[.!?\n]$/.test(written.at(-1)?.text ?? "");
    at += command.take;
  }
  return written;
}

function commandAt(tokens: readonly Token[], at: number): { mark: string; take: number } | undefined {
  const before = tokens[at - 1];
  if (before?.tail === "" && ARTICLE.test(before.key)) return undefined;
  for (const take of [2, 1]) {
    const keys = keysFrom(tokens, at, take);
    const found = keys.length === take ? MARKS.get(keys.join(" ")) : undefined;
    if (found === undefined || (found === "." && tokens[at + take]?.key === "of")) continue;
    return { mark: found, take };
  }
  return undefined;
}

/** Puts a mark behind the last word, in the place of what the model guessed there; without a word it stands alone. */
function mark(written: Word[], sign: string, command: Word): void {
  const last = written.at(-1);
  if (last === undefined) {
    written.push({ ...command, text: sign });
    return;
  }
  const { core, tail } = partsOf(last.text);
  // A line ends after whatever mark the sentence has; a dictated mark replaces a guessed one.
  const kept = sign.startsWith("\n") ? tail : tail.replace(/[,.;:!?…]+$/u, "");
  written[written.length - 1] =
    core === "" ? { ...last, text: `${last.text}${sign}` } : withTail(last, `${kept}${sign}`);
}
