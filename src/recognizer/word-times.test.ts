import { describe, expect, test } from "bun:test";
import type { DecodedToken } from "../engine/job.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import { groupWords } from "../text/words.ts";
import type { Span, Window } from "./packing.ts";
import { timeWords } from "./word-times.ts";

const span = (from: number, to: number): Span => ({ from: from * SAMPLE_RATE, to: to * SAMPLE_RATE });

/** Ten seconds of audio as they are. */
const window: Window = {
  pieces: [{ at: 0, from: 0, length: 10 * SAMPLE_RATE }],
  speech: [span(0, 10)],
  length: 10 * SAMPLE_RATE,
};

/** Tokens, each from the given second to the next one's. */
function times(tokens: [text: string, from: number][], end: number, voiced: Span[]) {
  const decoded = tokens.map(
    ([text, from], i): DecodedToken => ({
      id: 1,
      text,
      p: 0.5,
      logp: Math.log(0.5),
      from,
      to: tokens[i + 1]?.[1] ?? end,
    }),
  );
  return timeWords(groupWords(decoded), { window, voiced }).map(({ text, from, to }) => [text, round(from), round(to)]);
}
const round = (seconds: number) => Math.round(seconds * 100) / 100;

describe("words", () => {
  test("follow the path where speech goes on", () => {
    expect(
      times(
        [
          [" one", 1],
          [" two", 1.5],
          [" three", 2.2],
        ],
        3,
        [span(1, 3)],
      ),
    ).toEqual([
      ["one", 1, 1.5],
      ["two", 1.5, 2.2],
      ["three", 2.2, 3],
    ]);
  });

  test("do not begin in the silence before them, nor end in the one after", () => {
    expect(
      times(
        [
          [" one", 0],
          [" two", 2.1],
          [" three", 6],
        ],
        10,
        [span(1, 2), span(3, 4), span(6, 7)],
      ),
    ).toEqual([
      ["one", 0.97, 2],
      ["two", 2.97, 4],
      ["three", 6, 7],
    ]);
  });

  test("last until the speech pauses, where the path ends them for a full stop", () => {
    expect(
      times(
        [
          [" stop", 1],
          [".", 1.2],
          [" Go", 3],
          [".", 3.1],
        ],
        10,
        [span(1, 1.6), span(3, 3.5)],
      ),
    ).toEqual([
      ["stop.", 1, 1.6],
      ["Go.", 3, 3.5],
    ]);
  });

  test("do not last through a noise that follows", () => {
    expect(
      times(
        [
          [" stop", 1],
          [".", 1.2],
        ],
        10,
        [span(1, 9)],
      ),
    ).toEqual([["stop.", 1, 1.7]]);
  });

  test("keep their order, whatever the path says", () => {
    const placed = times(
      [
        [" a", 2],
        [" b", 1.9],
        [" c", 1.9],
      ],
      1.9,
      [span(0, 5)],
    );
    for (const [i, [, from = 0, to = 0]] of placed.entries()) {
      expect(to).toBeGreaterThanOrEqual(from as number);
      if (i > 0) expect(from).toBeGreaterThanOrEqual(placed[i - 1]?.[2] as number);
    }
  });

  test("where nobody is heard the path alone counts", () => {
    expect(
      times(
        [
          [" one", 1],
          [" two", 2],
        ],
        3,
        [],
      ),
    ).toEqual([
      ["one", 1, 2],
      ["two", 2, 3],
    ]);
  });
});

test("confidence is the geometric mean over the tokens that are spoken", () => {
  const token = (text: string, p: number): DecodedToken => ({ id: 1, text, p, logp: Math.log(p), from: 0, to: 1 });
  const words = groupWords([token(" un", 0.9), token("likely", 0.4), token(".", 0.01)]);
  expect(timeWords(words, { window, voiced: [] })[0]?.confidence).toBeCloseTo(0.6, 6);
});
