/** The text of one item as it grows: what was sent is never taken back, and all of it together is the transcript. */
import type { SessionEvent } from "../../../recognizer/live/events.ts";
import type { Token } from "../../../text/transcript.ts";
import { DeltaText } from "../deltas.ts";
import { type Logprob, logprobsOf } from "../reply.ts";

type Partial = Extract<SessionEvent, { type: "partial" }>;
type Final = Extract<SessionEvent, { type: "final" }>;

/** More text of an item, with the probabilities of its tokens. */
export interface Addition {
  delta: string;
  logprobs: Logprob[];
}

export class ItemText {
  readonly #text = new DeltaText();
  readonly #logprobs: Logprob[] = [];
  /** The settled words of a piece that is not final yet, as far as they were added, and where the last of them ends (seconds). */
  #settled = { count: 0, text: "", to: 0 };

  get transcript(): string {
    return this.#text.whole;
  }

  get logprobs(): readonly Logprob[] {
    return this.#logprobs;
  }

  /** Adds the words of a partial that have settled since the last one. */
  settle({ words, tokens, settled }: Partial): Addition[] {
    const fresh = tokens.slice(this.#settled.count, settled).flat();
    if (fresh.length === 0) return [];
    const text = textOf(fresh);
    this.#settled = { count: settled, text: this.#settled.text + text, to: words[settled - 1]?.to ?? 0 };
    return this.#add(text, fresh);
  }

  /** Adds what a final has beyond the settled words. */
  finish({ text, segments, words }: Final): Addition[] {
    const sent = this.#settled;
    this.#settled = { count: 0, text: "", to: 0 };
    if (text.startsWith(sent.text)) {
      const tokens = segments.flatMap((segment) => segment.tokens);
      return this.#add(text.slice(sent.text.length), tokensAfter(tokens, sent.text));
    }
    // The final distrusts what it heard (a loop, no speech): what was sent stands, and what was said later follows.
    const later = words.filter(({ from }) => from >= sent.to);
    return this.#add(later.map((word) => ` ${word.text}`).join(""), []);
  }

  #add(text: string, tokens: readonly Token[]): Addition[] {
    const delta = this.#text.add(text);
    if (delta === undefined) return [];
    const logprobs = logprobsOf(tokens);
    this.#logprobs.push(...logprobs);
    return [{ delta, logprobs }];
  }
}

/** The tokens that follow those of a text's beginning. */
function tokensAfter(tokens: readonly Token[], text: string): Token[] {
  let left = Buffer.byteLength(text);
  return tokens.filter((token) => {
    if (left <= 0) return true;
    if (logprobsOf([token]).length > 0) left -= token.bytes.length;
    return false;
  });
}

function textOf(tokens: readonly Token[]): string {
  return new TextDecoder().decode(Buffer.concat(tokens.map(({ bytes }) => bytes)));
}
