import { describe, expect, test } from "bun:test";
import type { ChannelEvent, SessionEvent } from "../../../recognizer/live/events.ts";
import type { Word } from "../../../text/transcript.ts";
import type { Thresholds } from "./turn-end.ts";
import { type Turn, Turns } from "./turns.ts";

const words = (text: string): Word[] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((one, i) => ({ text: one, from: 1 + i / 2, to: 1.4 + i / 2, confidence: 0.9 }));

const usual: Thresholds = { endOfTurn: 0.7, timeout: 5000 };

/** Takes events, which come at these seconds. */
function take(thresholds: Thresholds, events: readonly (readonly [at: number, event: ChannelEvent])[]) {
  const turns = new Turns(thresholds);
  const told = events.flatMap(([at, event], sequence) =>
    turns.take({ ...event, channel: 0, sequence, at } as SessionEvent),
  );
  return { turns, told };
}

const partial = (to: number, text: string): ChannelEvent => ({
  type: "partial",
  utterance: 0,
  from: 0.5,
  to,
  text,
  words: words(text),
  tokens: [],
  settled: 0,
});
const likely = (text: string): ChannelEvent => ({
  type: "endpoint-likely",
  utterance: 0,
  confidence: 0.9,
  text,
  words: words(text),
});
const heard = (to: number, silence: number): ChannelEvent => ({ type: "heard", to, silence });
const ended = (spokenTo: number, endpointAt: number, utterance = 0): ChannelEvent => ({
  type: "speech-ended",
  utterance,
  to: spokenTo + 0.1,
  spokenTo,
  endpointAt,
  isDiscarded: false,
});
function final(to: number, text: string, more: Partial<Extract<ChannelEvent, { type: "final" }>> = {}): ChannelEvent {
  const ending = { reason: "endpoint", endsUtterance: true, language: "en" } as const;
  return { type: "final", utterance: 0, from: 0.5, to, text, words: words(text), segments: [], ...ending, ...more };
}

const brief = (told: readonly Turn[]) =>
  told.map(({ event, index, from, to, words, trigger }) => {
    const text = words.map((word) => word.text).join(" ");
    return [event, index, `${from}-${to}`, text, trigger].filter((one) => one !== undefined && one !== "").join(" ");
  });

describe("a turn", () => {
  test("begins with its first words, is told on, and ends", () => {
    const { told } = take(usual, [
      [0.3, heard(0.3, 0.3)],
      [1.5, partial(1.5, "Hello")],
      [2, partial(2, "Hello there.")],
      [2.3, likely("Hello there.")],
      [2.4, ended(2, 2.4)],
      [2.4, final(2.1, "Hello there.")],
      [2.7, heard(2.7, 0.7)],
    ]);
    expect(brief(told)).toEqual([
      "Update 0 0-0.3",
      "StartOfTurn 0 0-1.4 Hello",
      "Update 0 0-1.9 Hello there.",
      "EndOfTurn 0 0-2.4 Hello there. model",
      "Update 1 2.4-2.7",
    ]);
    const confidence = told.map((turn) => turn.confidence);
    expect(confidence[2]).toBe(0);
    expect(confidence[3]).toBeGreaterThan(0.7);
  });

  test("is told about every quarter of a second", () => {
    const ticks = Array.from({ length: 26 }, (_, i) => [(i + 1) * 0.08, heard((i + 1) * 0.08, 1)] as const);
    const { told } = take(usual, ticks);
    expect(told.length).toBeWithin(7, 10);
  });

  test("without a partial begins when it ends", () => {
    const { told } = take(usual, [
      [2.4, ended(2, 2.4)],
      [2.4, final(2.1, "Yes.")],
    ]);
    expect(brief(told)).toEqual(["StartOfTurn 0 0-2.4 Yes.", "EndOfTurn 0 0-2.4 Yes. model"]);
  });

  test("is told eagerly to be over when words and silence say so, and never without words", () => {
    const eager = { ...usual, eager: 0.4 };
    const { told } = take(eager, [
      [2, partial(2, "Hello there.")],
      [2.2, heard(2.2, 0.2)],
      [2.21, likely("Hello there.")],
      [2.3, ended(2, 2.3)],
      [2.3, final(2.1, "Hello there.")],
    ]);
    expect(brief(told)).toEqual([
      "StartOfTurn 0 0-1.9 Hello there.",
      "Update 0 0-2.2 Hello there.",
      "EagerEndOfTurn 0 0-2.2 Hello there.",
      "EndOfTurn 0 0-2.3 Hello there. model",
    ]);
    expect(told.at(-1)?.words).toEqual(told.at(-2)?.words as Word[]);
    const silent = take(eager, [
      [2.21, likely("")],
      [2.5, heard(2.5, 2.5)],
      [2.6, ended(2, 2.6)],
      [2.6, final(2.1, "")],
    ]);
    expect(brief(silent.told)).toEqual(["Update 0 0-2.5"]);
  });

  test("that goes on is resumed, if it was told to be over", () => {
    const { told } = take({ ...usual, eager: 0.4 }, [
      [2, partial(2, "I want")],
      [2.16, likely("I want")],
      [2.24, heard(2.24, 0.2)],
      [2.4, heard(2.4, 0.4)],
      [2.5, { type: "speech-resumed", utterance: 0 }],
      [3, partial(3, "I want tea.")],
    ]);
    expect(brief(told)).toEqual([
      "StartOfTurn 0 0-1.9 I want",
      "Update 0 0-2.24 I want",
      "EagerEndOfTurn 0 0-2.4 I want",
      "TurnResumed 0 0-2.4 I want",
      "Update 0 0-2.4 I want tea.",
    ]);
    const notTold = take(usual, [
      [2.16, likely("I want")],
      [2.5, { type: "speech-resumed", utterance: 0 }],
    ]);
    expect(brief(notTold.told)).toEqual(["StartOfTurn 0 0-1.9 I want"]);
  });

  test("that waits for its words is not told to go on, and the next one begins where it ended", () => {
    const { told } = take(usual, [
      [2, heard(2, 0)],
      [2, partial(2, "Hello there.")],
      [2.4, ended(2, 2.4)],
      [3, heard(3, 1)],
      [3, final(2.1, "Hello there.")],
      [3.3, heard(3.3, 1.3)],
    ]);
    expect(brief(told)).toEqual([
      "Update 0 0-2",
      "StartOfTurn 0 0-2 Hello there.",
      "EndOfTurn 0 0-2.4 Hello there. model",
      "Update 1 2.4-3.3",
    ]);
  });

  test("may be longer than an utterance", () => {
    const { told } = take(usual, [
      [28, final(28, "This is long.", { reason: "length", endsUtterance: false })],
      [29, partial(29, "And longer.")],
      [30, ended(29.5, 30)],
      [30, final(29.6, "And longer.")],
    ]);
    expect(brief(told)).toEqual([
      "StartOfTurn 0 0-1.9 This is long. And longer.",
      "EndOfTurn 0 0-30 This is long. And longer. model",
    ]);
  });

  test("is ended by force, by time, and not by the stream's end", () => {
    const forced = take(usual, [
      [1, { type: "finalized", utterance: 0, to: 1 }],
      [1, final(0.5, "", { reason: "finalize" })],
    ]);
    expect(brief(forced.told)).toEqual(["EndOfTurn 0 0-1 manual"]);
    const late = take({ endOfTurn: 1, timeout: 500 }, [
      [2.5, ended(2, 2.5)],
      [2.5, final(2.1, "I want")],
    ]);
    expect(brief(late.told).at(-1)).toBe("EndOfTurn 0 0-2.5 I want timeout");
    const closed = take(usual, [
      [2.5, ended(2, 2.5)],
      [2.5, final(2.1, "I want", { reason: "close" })],
    ]);
    expect(brief(closed.told)).toEqual(["StartOfTurn 0 0-2.5 I want"]);
  });

  test("looks finished only when its words are known for certain", () => {
    expect(take(usual, [[2, partial(2, "Yes.")]]).turns.isFinished).toBe(false);
    expect(take(usual, [[2, likely("Yes.")]]).turns.isFinished).toBe(true);
    expect(take(usual, [[2, likely("Yes,")]]).turns.isFinished).toBe(false);
  });
});
