/** The arithmetic of the soak: which words belong to which clip, and what is wrong with them. */
import { type Score, score, words } from "./wer.ts";

/** A word as a stream told it: seconds of the stream's audio. */
export interface ToldWord {
  text: string;
  from: number;
  to: number;
}

/** A clip in a stream: seconds of the stream's audio. */
export interface SpokenClip {
  name: string;
  from: number;
  to: number;
  reference: string;
}

export interface Verdict extends Score {
  /** No word of it was told. */
  isLost: boolean;
  /** Two words or more in a row that were told twice in a row, and not said so. */
  doubled: string | undefined;
}

/** What was told of a clip against what was said in it. */
export function verdict(reference: string, told: string): Verdict {
  const said = ` ${words(reference).join(" ")} `;
  const doubled = repeats(words(told)).find((run) => !said.includes(` ${run} ${run} `));
  return { ...score(reference, told), isLost: words(told).length === 0, doubled };
}

/** Runs of at least two words that follow themselves. */
function repeats(told: readonly string[]): string[] {
  const found: string[] = [];
  for (let length = 2; 2 * length <= told.length; length++)
    for (let at = 0; at + 2 * length <= told.length; at++) {
      const run = told.slice(at, at + length).join(" ");
      if (run === told.slice(at + length, at + 2 * length).join(" ")) found.push(run);
    }
  return found;
}

/** One stream's clips and words, as long as neither is judged. Both come in order. */
export class Attribution {
  #clips: SpokenClip[] = [];
  #words: ToldWord[] = [];
  /** Where the last word ended that was told. */
  #toldTo = 0;
  /** Words that were told of audio of which words had been told: one that begins well before the end of the last. */
  overlaps = 0;

  say(clip: SpokenClip): void {
    this.#clips.push(clip);
  }

  tell(word: ToldWord): void {
    if (word.from < this.#toldTo - 0.1) this.overlaps++;
    this.#toldTo = Math.max(this.#toldTo, word.to);
    this.#words.push(word);
  }

  /** Takes the clips out of which all is told, now that all up to `toldTo` is; half a gap after a clip is still its own. */
  take(toldTo: number, gap: number): { clip: SpokenClip; text: string }[] {
    const done = this.#clips.filter(({ to }) => to + gap / 2 <= toldTo);
    this.#clips = this.#clips.slice(done.length);
    return done.map((clip) => {
      const isAfter = this.#words.findIndex(({ from, to }) => (from + to) / 2 >= clip.to + gap / 2);
      const own = this.#words.splice(0, isAfter < 0 ? this.#words.length : isAfter);
      return { clip, text: own.map(({ text }) => text).join(" ") };
    });
  }

  /** Clips that were begun and are not judged. */
  get open(): number {
    return this.#clips.length;
  }
}
