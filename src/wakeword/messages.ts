/** What the detector and its thread say to each other. */

import type { HearingOptions } from "./hearing.ts";
import type { Heard } from "./wakeword.ts";
import type { Classifier, WakeWord } from "./words.ts";

/** One word that a stream listens for, under the name that was asked for. */
export interface Wanted {
  name: string;
  word: WakeWord;
}

export type ToThread =
  | { type: "start"; runtimeFolder: string; mel: Uint8Array; embedding: Uint8Array }
  | { type: "word"; word: WakeWord; names: Pick<Classifier, "input" | "output">; model: Uint8Array }
  /** `frames`: how many it has heard already, in a thread that is no more. */
  | { type: "open"; id: number; wanted: Wanted[]; options: HearingOptions; frames: number }
  | { type: "push"; id: number; ticket: number; pcm: Float32Array }
  | { type: "end"; id: number; when: "afterwards" | "now" }
  | { type: "close" };

export interface Answer {
  type: "answer";
  ticket: number;
  heard: Heard[];
}
