/** What the detector and its thread say to each other. */
import type { Answer } from "./streams.ts";

export type ToThread =
  | { type: "start"; runtimeFolder: string; model: Uint8Array }
  | { type: "push"; id: number; ticket: number; pcm: Float32Array }
  | { type: "end"; id: number; when: "afterwards" | "now" }
  | { type: "close" };

export type FromThread =
  | { type: "ready" }
  | { type: "answers"; answers: Answer[] }
  | { type: "failed"; reason: string };
