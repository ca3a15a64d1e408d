/** What the detector and its thread say to each other. Lists of numbers are typed: of plain arrays each element is copied as a property. */

export type ToThread =
  | { type: "start"; runtimeFolder: string; model: Uint8Array }
  /** A bundle (bundle.ts); its memory is shared, and is not written to before all its pushes are answered. */
  | { type: "push"; heads: Float64Array; pcm: Float32Array }
  | { type: "end"; id: number; when: "afterwards" | "now" }
  | { type: "close" };

/** Of each ticket so many probabilities, one after the other. */
export interface Answers {
  type: "answers";
  tickets: Float64Array;
  counts: Uint32Array;
  probabilities: Float32Array;
}
