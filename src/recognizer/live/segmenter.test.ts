import { describe, expect, test } from "bun:test";
import { FRAME_SAMPLES } from "../../vad/speech.ts";
import type { Span } from "../packing.ts";
import { Segmenter, type SegmenterOptions } from "./segmenter.ts";

/** All times are multiples of a frame (32 ms): speech after 2, suspicion after 4 of silence (as much of it is kept), the end after 6. */
const options: SegmenterOptions = {
  vad: { threshold: 0.5, hysteresis: 0.2, minSpeechMs: 64, minSilenceMs: 160, padMs: 32 },
  endpointing: 192,
  likelyAfter: 128,
  preRoll: 64,
  maxUtterance: 1.28,
};

/** Speech, silence, and silence that is beyond doubt. */
const probabilities: Record<string, number> = { "#": 0.9, ".": 0.1, " ": 0.01 };

const frames = (samples: number) => samples / FRAME_SAMPLES;
const span = ({ from, to }: Span) => [frames(from), frames(to)];

/** A segmenter whose quietest place is the last one. */
function open(own: Partial<SegmenterOptions> = {}) {
  const segmenter = new Segmenter({ ...options, ...own }, ({ to }) => to);
  const feed = (picture: string) =>
    [...picture].flatMap((mark) =>
      segmenter
        .add(probabilities[mark] ?? 0)
        .map((found) =>
          "span" in found
            ? [found.type, ...span(found.span)]
            : "from" in found
              ? [found.type, frames(found.from)]
              : [found.type],
        ),
    );
  return { segmenter, feed };
}

describe("an utterance", () => {
  test("begins before its first frame and ends after its last", () => {
    expect(open().feed(".....####......")).toEqual([
      ["started", 5],
      ["suspected", 3, 13],
      ["ended", 3, 13],
    ]);
  });

  test("goes on after a pause, and what was suspected is void", () => {
    expect(open().feed("###....##.......")).toEqual([
      ["started", 0],
      ["suspected", 0, 7],
      ["resumed"],
      ["suspected", 0, 13],
      ["ended", 0, 13],
    ]);
  });

  test("is not ended while speech may be coming back", () => {
    const { feed } = open();
    expect(feed("###.....#")).toEqual([
      ["started", 0],
      ["suspected", 0, 7],
    ]);
    expect(feed("#")).toEqual([["resumed"]]);
  });

  test("ends a little later when that was a click", () => {
    expect(open().feed("###.....#...").at(-1)).toEqual(["ended", 0, 7]);
  });

  test("does not reach back into the one before", () => {
    expect(
      open({ preRoll: 640 })
        .feed("###......###......")
        .filter(([type]) => type !== "suspected"),
    ).toEqual([
      ["started", 0],
      ["ended", 0, 7],
      ["started", 9],
      ["ended", 7, 16],
    ]);
  });

  test("is nothing when it is too short", () => {
    expect(open().feed("..#......#.....")).toEqual([]);
  });

  test("ends at the nearest frame in a silence that is beyond doubt from its second frame on, and at the next one otherwise", () => {
    const { feed } = open({ endpointing: 300, likelyAfter: 160 });
    expect(feed("###.       ").at(-1)).toEqual(["suspected", 0, 8]);
    expect(feed(" ")).toEqual([["ended", 0, 8]]);
    expect(feed("###     . .").at(-1)).toEqual(["suspected", 10, 20]);
    expect(feed(" ")).toEqual([]);
    expect(feed(" ")).toEqual([["ended", 10, 20]]);
  });

  test("ends after three frames of silence at the soonest", () => {
    expect(open({ endpointing: 10 }).feed("###...")).toEqual([
      ["started", 0],
      ["ended", 0, 6],
    ]);
  });
});

describe("a long utterance", () => {
  test("is cut and goes on at the cut", () => {
    const [first, ...cuts] = open().feed("#".repeat(100));
    expect(first).toEqual(["started", 0]);
    expect(cuts.length).toBeGreaterThan(2);
    let at = 0;
    for (const [type, from, to] of cuts) {
      expect([type, from]).toEqual(["cut", at]);
      expect(Number(to) - at).toBeLessThanOrEqual(40);
      at = Number(to);
    }
  });

  test("waits for its end when it is silent", () => {
    const found = open({ endpointing: 640 }).feed(`${"#".repeat(38)}${".".repeat(22)}`);
    expect(found.map(([type]) => type)).toEqual(["started", "suspected", "ended"]);
  });
});

describe("without endpoints", () => {
  test("only finalize ends an utterance", () => {
    const { segmenter, feed } = open({ endpointing: "manual" });
    expect(feed("###...............##...")).toEqual([["started", 0], ["suspected", 0, 7], ["resumed"]]);
    expect(span(segmenter.finalize(segmenter.now)?.span as Span)).toEqual([0, 23]);
    expect(feed("....###")).toEqual([["started", 27]]);
  });

  test("a silence for hours holds nothing", () => {
    const { segmenter, feed } = open({ endpointing: "manual" });
    expect(feed(`###${".".repeat(10_000)}`)).toEqual([
      ["started", 0],
      ["suspected", 0, 7],
      ["cut", 0, 7],
    ]);
    expect(frames(segmenter.now - segmenter.neededFrom)).toBe(2);
    expect(feed("###....").map(([type]) => type)).toEqual(["started", "suspected"]);
  });
});

describe("from outside", () => {
  test("finalize takes what is open, to the last sample", () => {
    const { segmenter, feed } = open();
    feed("..####");
    const end = segmenter.now + 100;
    expect(segmenter.finalize(end)).toEqual({ span: { from: 0, to: end }, spokenTo: end });
    expect(segmenter.finalize(end)).toBeUndefined();
    expect(feed("##")).toEqual([["started", frames(end)]]);
  });

  test("discard forgets what is open", () => {
    const { segmenter, feed } = open();
    feed("..####");
    segmenter.discard(segmenter.now);
    expect(segmenter.openFrom).toBeUndefined();
    expect(feed("......")).toEqual([]);
  });

  test("endpointing changes while somebody speaks", () => {
    const { segmenter, feed } = open({ endpointing: "manual" });
    feed("####.......");
    segmenter.configure({ ...options, endpointing: 192 });
    expect(feed(".")).toEqual([["ended", 0, 8]]);
  });
});
