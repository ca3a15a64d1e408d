import { isLabel, partsOf } from "./parts.ts";

/** A word without case and without the punctuation around it; apostrophes, hyphens and what belongs to a number stay. */
export function bareWord(text: string): string {
  const { core } = partsOf(text);
  if (core === "") return text.trim();
  return isLabel(core) ? core : core.replaceAll("’", "'").toLowerCase();
}
