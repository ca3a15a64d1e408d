/** What the frames between the server and its decoder process mean (ipc/frames.ts says how they look). A frame's job is the file's number. */
import type { ErrorCode } from "../error.ts";

/** Server to decoder. `open` and `pull` are answered, one at a time; `bytes` follow an `open` without a path; `close` has no answer. */
export const ask = { open: 1, bytes: 2, pull: 3, close: 4 } as const;

/** Decoder to server. `ready` comes once, for job 0. A `block` is the planes of a block, one behind the other. */
export const answer = { ready: 16, opened: 17, block: 18, end: 19, failed: 20 } as const;

/** JSON of `ask.open`. */
export type OpenRequest = { channels: "mono" | "separate" } & ({ path: string } | { size: number });

/** JSON of `answer.opened`. */
export interface Opened {
  channels: number;
  /** Seconds, where the header tells. */
  duration?: number;
}

/** JSON of `answer.end`. */
export interface Ended {
  repaired: number;
}

/** JSON of `answer.failed`. */
export interface Failed {
  code: ErrorCode;
  message: string;
}
