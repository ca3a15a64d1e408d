import { expect, test } from "bun:test";
import { type FileState, nextFiles, progressOf, type QueuedFile, stateText } from "./queue.ts";

const queued = (...states: FileState[]): QueuedFile[] =>
  states.map((state, id) => ({ id, file: new File([], `${id}.wav`), state }));

test("two files are at work at once, in the order they came", () => {
  const waiting = { at: "waiting" } as const;
  const working = { at: "working", done: 0, duration: 1, since: 0 } as const;
  expect(nextFiles(queued(waiting, waiting, waiting)).map(({ id }) => id)).toEqual([0, 1]);
  expect(nextFiles(queued({ at: "cancelled" }, working, waiting, waiting)).map(({ id }) => id)).toEqual([2]);
  expect(nextFiles(queued(working, { at: "uploading", done: 0 }, waiting))).toEqual([]);
});

test("progress and the time that is left", () => {
  expect(stateText({ at: "uploading", done: 1_500_000 }, 3e9, 0)).toBe("sending, 1.5 MB of 3.0 GB");
  const half = { at: "working", done: 300, duration: 600, since: 0 } as const;
  expect(progressOf(half, 1)).toBe(0.5);
  expect(stateText(half, 1, 20_000)).toBe("writing it down, 50 %, about 20 s left");
  expect(stateText({ ...half, duration: undefined }, 1, 20_000)).toBe("writing it down …");
  expect(stateText({ at: "failed", reason: "This is no audio." }, 1, 0)).toBe("This is no audio.");
});
