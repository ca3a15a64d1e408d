/** How streams end: close codes and their reasons, which clients look for (https://developers.deepgram.com/docs/errors). */
import type { ErrorCode } from "../../../error.ts";

export interface Ending {
  code: number;
  reason: string;
}

export const DONE: Ending = { code: 1000, reason: "" };
/** Streams of turns end without a code: 1005 stands for none and is not sent. */
export const LEFT: Ending = { code: 1005, reason: "" };
export const IDLE: Ending = {
  code: 1011,
  reason:
    "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001",
};
export const FAILED: Ending = { code: 1011, reason: "Internal server error." };
export const STOPPED: Ending = { code: 1001, reason: "The server is shutting down." };

/** The client's audio is not what can be decoded. */
const BAD_AUDIO: Ending = { code: 1008, reason: "DATA-0000" };
/** More audio waits than may, of this stream or of all: results would come too late. */
const OVERLOADED: Ending = {
  code: 1011,
  reason: "Deepgram did not provide a response message within the timeout window. See https://dpgr.am/net0000",
};

/** The end of a stream whose session has failed. */
export function endingOf(code: ErrorCode): Ending {
  if (code === "bad-audio") return BAD_AUDIO;
  return code === "too-large" || code === "busy" ? OVERLOADED : FAILED;
}

/** Whether a stream ends because of something that went wrong. */
export function isFault(ending: Ending): boolean {
  return ending !== DONE && ending !== LEFT && ending !== STOPPED;
}
