/** The files of the page and how far each is; at most two are at work at once. */
import { bytesText, leftText } from "../clock.ts";
import type { Answer } from "./answer.ts";

export type FileState =
  | { at: "waiting" }
  | { at: "uploading"; done: number }
  /** `done` and `duration` are seconds of audio; `since` is when the work began (milliseconds). */
  | { at: "working"; done: number; duration: number | undefined; since: number }
  | { at: "finished"; answer: Answer; seconds: number }
  | { at: "failed"; reason: string }
  | { at: "cancelled" };

export interface QueuedFile {
  id: number;
  file: File;
  state: FileState;
}

/** What the server can be asked for in parallel without making each file wait for the others. */
const AT_ONCE = 2;

/** Files whose turn it is. */
export function nextFiles(files: readonly QueuedFile[]): QueuedFile[] {
  const busy = files.filter(({ state: { at } }) => at === "uploading" || at === "working").length;
  return files.filter(({ state: { at } }) => at === "waiting").slice(0, Math.max(0, AT_ONCE - busy));
}

/** 0..1, or nothing where nobody knows. */
export function progressOf(state: FileState, size: number): number | undefined {
  if (state.at === "uploading") return size === 0 ? 0 : state.done / size;
  if (state.at === "working") return state.duration ? Math.min(1, state.done / state.duration) : undefined;
  return state.at === "finished" ? 1 : undefined;
}

/** One line for people. `now` in milliseconds. */
export function stateText(state: FileState, size: number, now: number): string {
  switch (state.at) {
    case "waiting":
      return "waits for its turn";
    case "uploading":
      return `sending, ${bytesText(state.done)} of ${bytesText(size)}`;
    case "working": {
      const part = progressOf(state, size);
      const elapsed = (now - state.since) / 1000;
      if (part === undefined || part < 0.02 || elapsed < 2) return "writing it down …";
      return `writing it down, ${Math.floor(part * 100)} %, ${leftText((elapsed / part) * (1 - part))}`;
    }
    case "finished":
      return `done in ${state.seconds.toFixed(1)} s, ${Math.round(state.answer.metadata.duration / Math.max(state.seconds, 0.1))}× real time`;
    case "failed":
      return state.reason;
    case "cancelled":
      return "cancelled";
  }
}
