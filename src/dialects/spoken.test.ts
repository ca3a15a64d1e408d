import { expect, test } from "bun:test";
import type { SessionEvent } from "../recognizer/live/events.ts";
import { Spoken } from "./spoken.ts";

const words = (text: string, from: number) =>
  text.split(" ").map((text, i) => ({ text, from: from + i, to: from + i + 0.9, confidence: 1 }));
const event = (type: "partial" | "final", text: string, from: number, at: number) =>
  ({ type, text, words: words(text, from), utterance: 0, at, channel: 0, sequence: 0 }) as unknown as SessionEvent;

test("keeps all texts that are final, and the words of the last seconds", () => {
  const spoken = new Spoken();
  spoken.take(event("final", "one two three", 0, 4));
  spoken.take(event("partial", "four five", 4, 6));
  expect(spoken.text).toBe("one two three");
  expect(spoken.latest(10)).toBe("one two three four five");
  expect(spoken.latest(3)).toBe("four five");
  spoken.take(event("final", "four five six", 4, 7));
  expect(spoken.text).toBe("one two three four five six");
  expect(spoken.latest(1.5)).toBe("five six");
});

test("an utterance that comes to nothing takes its draft along", () => {
  const spoken = new Spoken();
  spoken.take(event("partial", "well", 0, 1));
  spoken.take({ type: "speech-ended", isDiscarded: true, at: 2 } as SessionEvent);
  expect([spoken.text, spoken.latest(10)]).toEqual(["", ""]);
});

test("words are forgotten after a minute, texts are not", () => {
  const spoken = new Spoken();
  spoken.take(event("final", "old", 0, 1));
  spoken.take(event("final", "new", 99, 100));
  expect(spoken.text).toBe("old new");
  expect(spoken.latest(1000)).toBe("new");
});
