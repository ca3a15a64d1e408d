import { describe, expect, test } from "bun:test";
import type { ChannelEvent, SessionEvent } from "../../../recognizer/live/events.ts";
import type { Word } from "../../../text/transcript.ts";
import { type Saying, Timeline, type TimelineOptions } from "./timeline.ts";

const word = (text: string, from: number, to: number): Word => ({ text, from, to, confidence: 0.9 });
const hello = [word("Hello", 1, 1.4), word("there.", 1.4, 1.9)];

/** What is said of events, which come at these seconds. */
function tell(options: Partial<TimelineOptions>, events: readonly (readonly [at: number, event: ChannelEvent])[]) {
  const timeline = new Timeline({ interim: true, endpointing: true, vadEvents: false, ...options });
  const sayings = events.flatMap(([at, event], sequence) =>
    timeline.take({ ...event, channel: 0, sequence, at } as SessionEvent),
  );
  return { timeline, sayings };
}

const started = (utterance: number, from: number): ChannelEvent => ({
  type: "speech-started",
  utterance,
  from,
  heldFrom: from - 0.5,
});
const ended = (utterance: number, spokenTo: number, endpointAt: number): ChannelEvent => ({
  type: "speech-ended",
  utterance,
  to: spokenTo + 0.1,
  spokenTo,
  endpointAt,
  isDiscarded: false,
});
const partial = (to: number, words: Word[]): ChannelEvent => ({
  type: "partial",
  utterance: 0,
  from: 0.5,
  to,
  text: "",
  words,
  tokens: [],
  settled: 0,
});
const heard = (to: number, silence: number): ChannelEvent => ({ type: "heard", to, silence });
function final(
  utterance: number,
  to: number,
  words: Word[],
  more: Partial<Extract<ChannelEvent, { type: "final" }>> = {},
): ChannelEvent {
  const ending = { reason: "endpoint", endsUtterance: true, language: "en" } as const;
  return { type: "final", utterance, from: 0.5, to, text: "", words, segments: [], ...ending, ...more };
}

/** Windows, whether they are final and why, and how many words they have. */
function brief(sayings: readonly Saying[]) {
  return sayings.map((one) => {
    if (one.type === "speech-started") return `started ${one.at}`;
    if (one.type === "utterance-end") return `ended ${one.lastWord}`;
    const kind = one.isFinal
      ? `final${one.speechFinal ? " speech" : ""}${one.fromFinalize ? " finalize" : ""}`
      : "interim";
    return `${kind} ${one.start}-${one.end} ${one.words.length}`;
  });
}

describe("results", () => {
  test("restate the open window until it is final; the next one begins where it ends", () => {
    const { sayings } = tell({ vadEvents: true }, [
      [1, heard(1, 1)],
      [1.2, started(0, 0.9)],
      [1.5, partial(1.5, hello.slice(0, 1))],
      [2, partial(2, hello)],
      [2.1, { type: "endpoint-likely", utterance: 0, confidence: 0.9, text: "", words: hello }],
      [2.2, ended(0, 1.9, 2.2)],
      [2.2, final(0, 2, hello)],
      [2.3, heard(2.3, 0.4)],
      [3.1, heard(3.1, 1.2)],
    ]);
    expect(brief(sayings)).toEqual([
      "interim 0-1 0",
      "started 0.9",
      "interim 0-1.5 1",
      "interim 0-2 2",
      "interim 0-2.1 2",
      "final speech 0-2 2",
      "interim 2-3.1 0",
    ]);
  });

  test("are final only, where no interim ones are asked for", () => {
    const { sayings } = tell({ interim: false }, [
      [1.2, started(0, 0.9)],
      [1.5, partial(1.5, hello)],
      [2.2, ended(0, 1.9, 2.2)],
      [2.2, final(0, 2, hello)],
      [3, heard(3, 1)],
    ]);
    expect(brief(sayings)).toEqual(["final speech 0-2 2"]);
  });

  test("are final only, once the stream is being closed", () => {
    const { timeline } = tell({}, []);
    timeline.isClosing = true;
    const event = (more: ChannelEvent) => ({ ...more, channel: 0, sequence: 0, at: 2 }) as SessionEvent;
    expect(timeline.take(event(partial(2, hello)))).toEqual([]);
    expect(brief(timeline.take(event(final(0, 2, hello))))).toEqual(["final speech 0-2 2"]);
  });

  test("say what made them final", () => {
    const of = (reason: "endpoint" | "length" | "finalize" | "gap" | "close", endpointing: boolean) =>
      brief(tell({ endpointing }, [[2, final(0, 2, hello, { reason })]]).sayings)[0];
    expect(of("endpoint", true)).toBe("final speech 0-2 2");
    expect(of("endpoint", false)).toBe("final 0-2 2");
    expect(of("length", true)).toBe("final 0-2 2");
    expect(of("gap", false)).toBe("final 0-2 2");
    expect(of("finalize", false)).toBe("final speech finalize 0-2 2");
    expect(of("close", true)).toBe("final speech 0-2 2");
  });

  test("that were finalized reach up to where the audio was", () => {
    const { sayings } = tell({}, [
      [1.2, started(0, 0.9)],
      [4, ended(0, 1.9, 4)],
      [4, final(0, 2, hello, { reason: "finalize" })],
      [5, { type: "finalized", utterance: 1, to: 5 }],
      [5, final(1, 2, [], { reason: "finalize" })],
    ]);
    expect(brief(sayings)).toEqual(["final speech finalize 0-4 2", "final speech finalize 4-5 0"]);
  });

  test("never lie outside their window", () => {
    const { sayings } = tell({}, [
      [2, final(0, 2, hello)],
      [3, final(1, 2.5, [word("and", 1.9, 2.2), word("now", 2.2, 2.7)])],
    ]);
    expect(brief(sayings)[1]).toBe("final speech 2-2.7 2");
    const [, second] = sayings;
    expect(second?.type === "results" && second.words[0]?.from).toBe(2);
  });

  test("know the language from then on", () => {
    const { sayings } = tell({}, [
      [2, final(0, 2, hello, { language: "de" })],
      [3, partial(3, hello)],
    ]);
    expect(sayings).toMatchObject([{ language: "de" }, { language: "de" }]);
  });
});

describe("silence", () => {
  const seconds = (count: number) => Array.from({ length: count }, (_, i) => [i + 1, heard(i + 1, i + 1)] as const);

  test("is told about every second, and becomes final now and then", () => {
    expect(brief(tell({}, seconds(8)).sayings)).toEqual([
      "interim 0-1 0",
      "interim 0-2 0",
      "interim 0-3 0",
      "interim 0-4 0",
      "interim 0-5 0",
      "final speech 0-5 0",
      "interim 5-7 0",
      "interim 5-8 0",
    ]);
    expect(brief(tell({ interim: false, endpointing: false }, seconds(11)).sayings)).toEqual([
      "final 0-5 0",
      "final 5-10 0",
    ]);
  });

  test("is not told while words are on their way", () => {
    const { sayings } = tell({}, [
      [1.2, started(0, 0.9)],
      [2, heard(2, 0)],
      [2.2, ended(0, 1.9, 2.2)],
      [3, heard(3, 1.1)],
      [3.1, final(0, 2, hello)],
      [4, heard(4, 2.1)],
    ]);
    expect(brief(sayings)).toEqual(["final speech 0-2 2", "interim 2-4 0"]);
  });

  test("of forgotten speech is told again", () => {
    const { sayings } = tell({}, [
      [1.2, started(0, 0.9)],
      [2.2, { ...ended(0, 1.9, 2.2), isDiscarded: true } as ChannelEvent],
      [3, heard(3, 1.1)],
    ]);
    expect(brief(sayings)).toEqual(["interim 0-3 0"]);
  });

  test("at the end is told, unless it is as good as none", () => {
    const { timeline } = tell({}, [[2, final(0, 2, hello)]]);
    expect(brief(timeline.end(3))).toEqual(["final speech 2-3 0"]);
    expect(timeline.end(3.01)).toEqual([]);
  });
});

test("who asks again for what is final is told that there is nothing new", () => {
  const { timeline } = tell({}, [[2, final(0, 2, hello, { reason: "finalize" })]]);
  expect(brief(timeline.again())).toEqual(["final speech finalize 2-2 0"]);
});

describe("the end of an utterance", () => {
  const spoken = [
    [1.2, started(0, 0.9)],
    [2.2, ended(0, 1.9, 2.2)],
    [2.2, final(0, 2, hello)],
  ] as const;
  const ends = (options: Partial<TimelineOptions>, events: Parameters<typeof tell>[1]) =>
    tell(options, events).sayings.filter(({ type }) => type === "utterance-end");

  test("is told once, when the gap after the last word is long enough", () => {
    const gap = [
      [2.5, heard(2.5, 0.6)],
      [2.95, heard(2.95, 1.05)],
      [4, heard(4, 2.1)],
    ] as const;
    expect(ends({ utteranceEnd: 1 }, [...spoken, ...gap])).toEqual([{ type: "utterance-end", lastWord: 1.9 }]);
    expect(ends({ utteranceEnd: 1 }, [...spoken, ...gap.slice(0, 1)])).toEqual([]);
    expect(ends({ utteranceEnd: 1, interim: false }, [...spoken, ...gap])).toEqual([]);
    expect(ends({}, [...spoken, ...gap])).toEqual([]);
  });

  test("comes after the words, however late they are", () => {
    const late = [...spoken.slice(0, 2), [3, heard(3, 1.1)], spoken[2]] as const;
    expect(brief(tell({ utteranceEnd: 1 }, late).sayings)).toEqual(["final speech 0-2 2", "ended 1.9"]);
  });

  test("is none while somebody speaks, and none where nobody spoke", () => {
    expect(ends({ utteranceEnd: 1 }, [...spoken, [2.6, started(1, 2.5)], [4, heard(4, 0)]])).toEqual([]);
    expect(ends({ utteranceEnd: 1 }, [[4, heard(4, 4)]])).toEqual([]);
  });
});
