/** Pieces of text that add up to a whole without space at its edges, however they are cut. */

export class DeltaText {
  #whole = "";
  /** Space at the end of what came so far; it belongs to the text only if more follows. */
  #held = "";

  /** All deltas together. */
  get whole(): string {
    return this.#whole;
  }

  /** The delta for more raw text, or nothing when it says nothing. */
  add(text: string): string | undefined {
    const raw = this.#held + text;
    const trimmed = raw.trimEnd();
    this.#held = raw.slice(trimmed.length);
    if (trimmed === "") return undefined;
    const delta = this.#whole === "" ? trimmed.trimStart() : trimmed;
    this.#whole += delta;
    return delta;
  }
}
