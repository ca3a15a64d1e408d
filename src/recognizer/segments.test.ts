import { describe, expect, test } from "bun:test";
import type { Decoded, DecodedToken } from "../engine/job.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { groupWords, textTokens } from "../text/words.ts";
import type { Window } from "./packing.ts";
import { type SegmentOptions, scores, startOf, toSegments, toWholeSegment } from "./segments.ts";
import { timeWords } from "./word-times.ts";

const at = (seconds: number) => seconds * SAMPLE_RATE;

/** Two stretches of speech, 10 to 12 s and 60 to 63 s, joined without anything between them. */
const window: Window = {
  pieces: [
    { at: 0, from: at(10), length: at(2) },
    { at: at(2), from: at(60), length: at(3) },
  ],
  speech: [
    { from: at(10), to: at(12) },
    { from: at(60), to: at(63) },
  ],
  length: at(5),
};

const heard = {
  window,
  voiced: [
    { from: at(10.1), to: at(11.3) },
    { from: at(60.4), to: at(61.6) },
  ],
};

/** Words with the seconds of the window at which they begin and end. */
function decoded(...words: [text: string, from?: number, to?: number][]): Decoded {
  const tokens = words.map(([text, from, to]): DecodedToken => {
    const times = from === undefined || to === undefined ? {} : { from, to };
    return { id: text.length, text, p: 0.9, logp: Math.log(0.9), ...times };
  });
  const text = words.map(([word]) => word).join("");
  return {
    language: "en",
    noSpeechProbability: 0.02,
    averageLogProbability: -0.3,
    entropy: 3,
    temperature: 0.2,
    audioContext: 704,
    truncated: false,
    text,
    segments: tokens.length === 0 ? [] : [{ from: 0, to: 5, text, tokens }],
    cost: { mel: 0, encode: 0, prompt: 0, decode: 0, times: 0 },
    steps: tokens.length,
  };
}

function segmentsOf(said: Decoded, options: SegmentOptions) {
  return toSegments(timeWords(groupWords(textTokens(said)), heard), startOf(window), scores(said), options);
}

describe("text alone", () => {
  test("is one segment over the window's speech", () => {
    const [segment, ...others] = toWholeSegment(window, decoded([" Hello"], [" there."], [" Bye."]));
    expect(others).toEqual([]);
    expect(segment).toMatchObject({
      text: " Hello there. Bye.",
      from: 10,
      to: 63,
      words: [],
      windowStart: 10,
      temperature: 0.2,
    });
    expect(segment?.tokens.map(({ id }) => id)).toEqual([6, 7, 5]);
  });
  test("nothing said is no segment", () => expect(toWholeSegment(window, decoded())).toEqual([]));
});

describe("segments with times", () => {
  const said = decoded(
    [" Hello", 0.2, 0.6],
    [" there", 0.6, 1.1],
    [".", 1.1, 2],
    [" Good", 2.5, 3],
    ["bye", 3, 3.5],
    [".", 3.5, 5],
  );
  const options = { words: true, timestampBase: 50_363 };

  test("lie on both sides of the silence that was left out", () => {
    const segments = segmentsOf(said, options);
    expect(segments.map(({ text }) => text)).toEqual([" Hello there.", " Goodbye."]);
    const [first, second] = segments;
    expect(first?.from).toBeGreaterThanOrEqual(10);
    expect(first?.to).toBeLessThanOrEqual(12);
    expect(second?.from).toBeGreaterThanOrEqual(60);
    expect(second?.to).toBeLessThanOrEqual(63);
    for (const { words, from, to } of segments) {
      expect(words[0]?.from).toBe(from);
      expect(words.at(-1)?.to).toBe(to);
    }
  });

  test("are opened and closed by timestamp tokens, counted from the window's start", () => {
    const [first] = segmentsOf(said, options);
    const ids = first?.tokens.map(({ id }) => id) ?? [];
    expect(ids.slice(1, -1)).toEqual([6, 6, 1]);
    expect(ids[0]).toBe(50_363 + Math.round(((first?.from ?? 0) - 10) / 0.02));
    expect(Buffer.from(first?.tokens.at(-1)?.bytes ?? []).toString()).toMatch(/^<\|\d+\.\d\d\|>$/);
    // 53 s after the window's start: beyond what the vocabulary can say.
    expect(segmentsOf(said, options)[1]?.tokens.at(-1)?.id).toBe(50_363 + 1500);
  });

  test("keep their words to themselves when nobody asked", () => {
    expect(segmentsOf(said, { ...options, words: false }).map(({ words }) => words)).toEqual([[], []]);
  });

  test("nothing said is no segment", () => expect(segmentsOf(decoded(), options)).toEqual([]));
});
