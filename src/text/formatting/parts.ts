/** A word as it is written: the word itself between the punctuation before and after it. */
export interface Parts {
  /** Opening marks: `(“` */
  lead: string;
  /** The word; what belongs to it stays: `$5`, `50%`, `u.s.`, `i'll`, `[SSN_1]`, `****`. */
  core: string;
  /** Closing marks: `,”` */
  tail: string;
}

/** What hidden words are replaced by. */
const LABEL = /^(.*?)(\[[A-Z]+(?:_[A-Z]+)*_\d+\])(.*)$/su;
const SPOKEN = /[\p{L}\p{N}\p{M}]/u;
const BETWEEN = /^([^\p{L}\p{N}\p{M}]*)(.*?)([^\p{L}\p{N}\p{M}]*)$/su;
/** A word without letters or digits that is more than punctuation: `&`, a masked word. */
const SYMBOLS = /^([\p{Ps}\p{Pi}"'.,;:!?…\s]*)([*&+=@#%$€£<>/\\|~^°]+)(.*)$/su;
/** Marks that begin a word; the last three only before a digit. */
const BEGINS = /[$€£¥₹#@&]+$/u;
const BEGINS_NUMBER = /(?:[-−+]?[$€£¥₹]+|[-−+.#&@]|\+?\()$/u;
const ENDS = /^(?:[%°€£¥₹$]+|\+{1,2}|#)/u;
/** Letters with full stops between them keep the last one: `U.S.`, `p.m.` */
const DOTTED = /^(?:\p{L}\.)+\p{L}$/u;

/** Takes a word's text apart; joined, the parts give it back. */
export function partsOf(text: string): Parts {
  const [, before = "", label, after = ""] = LABEL.exec(text) ?? [];
  if (label !== undefined) return { lead: before, core: label, tail: after };
  if (!SPOKEN.test(text)) {
    const [, lead = text, core = "", tail = ""] = SYMBOLS.exec(text) ?? [];
    return { lead, core, tail };
  }
  const [, lead = "", inner = "", tail = ""] = BETWEEN.exec(text) ?? [];
  const begins = (/^\d/.test(inner) ? BEGINS_NUMBER : BEGINS).exec(lead)?.[0] ?? "";
  // A bracket belongs to a number only when it is closed inside it, and around an area code: (555) 123-4567.
  const isArea = /^\d{3}$/.test(inner) && tail.startsWith(")");
  const kept = begins.endsWith("(") && !inner.includes(")") && !isArea ? "" : begins;
  const ends = kept.endsWith("(") && isArea ? ")" : endsOf(inner, tail);
  return {
    lead: lead.slice(0, lead.length - kept.length),
    core: `${kept}${inner}${ends}`,
    tail: tail.slice(ends.length),
  };
}

function endsOf(inner: string, tail: string): string {
  return ENDS.exec(tail)?.[0] ?? (DOTTED.test(inner) && tail.startsWith(".") ? "." : "");
}

/** Whether a word was hidden: what stands for it is no word of any language. */
export function isLabel(core: string): boolean {
  return core.startsWith("[") && LABEL.test(core);
}
