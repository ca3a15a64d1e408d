import { describe, expect, test } from "bun:test";
import { toCues } from "./cues.ts";
import { toSrt } from "./srt.ts";
import type { Segment, Transcript, Word } from "./transcript.ts";
import { toVtt } from "./vtt.ts";

function segment(text: string, from: number, to: number, words: Word[] = []): Segment {
  return {
    text,
    from,
    to,
    words,
    tokens: [],
    temperature: 0,
    averageLogProbability: -0.2,
    noSpeechProbability: 0.01,
    compressionRatio: 1.4,
    windowStart: 0,
  };
}
const transcript = (...channels: Segment[][]): Transcript => ({
  channels: channels.map((segments) => ({ segments })),
  language: "en",
  duration: 600,
  task: "transcribe",
  model: "base.en-q8_0",
});
/** Words of `rate` characters a second; `|` is a pause of two seconds. */
function spoken(text: string, rate = 15, start = 0): Segment {
  const words: Word[] = [];
  let at = start;
  for (const piece of text.split(" ")) {
    if (piece === "|") {
      at += 2;
      continue;
    }
    const to = at + piece.length / rate;
    words.push({ text: piece, from: at, to, confidence: 1 });
    at = to + 1 / rate;
  }
  return segment(` ${text.replaceAll(" |", "")}`, start, at, words);
}

const LONG =
  "The Committee, having considered the matter at some length, resolved that no further papers should be laid before the " +
  "House. It was, as everybody present knew very well, the only thing they could do under the circumstances. Nobody spoke.";

describe("cues", () => {
  test("no line is wider than 42 columns, no cue has more than two, no word is lost", () => {
    for (const rate of [8, 15, 30]) {
      const cues = toCues(transcript([spoken(LONG, rate)]));
      for (const { lines } of cues) {
        expect(lines.length).toBeLessThanOrEqual(2);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(42);
      }
      expect(cues.flatMap(({ lines }) => lines).join(" ")).toBe(LONG);
    }
  });

  test("they are in order, do not overlap, and stay no longer than seven seconds and a moment", () => {
    const cues = toCues(transcript([spoken(`${LONG} | | ${LONG}`, 9)]));
    for (const [i, cue] of cues.entries()) {
      expect(cue.to).toBeGreaterThan(cue.from);
      expect(cue.to - cue.from).toBeLessThanOrEqual(8.5);
      const next = cues[i + 1];
      if (next !== undefined) expect(cue.to).toBeLessThanOrEqual(next.from);
    }
  });

  test("sentences and pauses end a cue", () => {
    const cues = toCues(transcript([spoken("Yes, of course. | He left the room and | did not come back.")]));
    expect(cues.map(({ lines }) => lines.join("/"))).toEqual([
      "Yes, of course.",
      "He left the room and",
      "did not come back.",
    ]);
  });

  test("a short word stays long enough to be read, where the next cue leaves room", () => {
    const [cue] = toCues(transcript([segment(" Yes.", 3, 3.2, [{ text: "Yes.", from: 3, to: 3.2, confidence: 1 }])]));
    expect(cue).toEqual({ from: 3, to: 4, lines: ["Yes."] });
  });

  test("without word times the segment's time is shared", () => {
    const cues = toCues(transcript([segment(` ${LONG}`, 10, 26)]));
    expect(cues.length).toBeGreaterThan(2);
    expect(cues[0]?.from).toBe(10);
    expect(cues.at(-1)?.to).toBeGreaterThanOrEqual(26);
    expect(cues.flatMap(({ lines }) => lines).join(" ")).toBe(LONG);
  });

  test("wide characters count twice, and text without spaces is broken between characters", () => {
    const text = "我们在这个城市住了很多年，每天早上都去公园散步，然后一起吃早饭。后来他搬走了，我们就很少见面了。";
    const cues = toCues(transcript([segment(text, 0, 20)]));
    for (const line of cues.flatMap(({ lines }) => lines)) {
      expect(Bun.stringWidth(line)).toBeLessThanOrEqual(42);
      expect(line).not.toMatch(/^[，。]/);
    }
    expect(cues.flatMap(({ lines }) => lines).join("")).toBe(text);
  });

  test("a word wider than a line is cut", () => {
    const url = `https://example.org/${"x".repeat(90)}`;
    const cues = toCues(transcript([segment(` see ${url}`, 0, 8)]));
    expect(
      cues
        .flatMap(({ lines }) => lines)
        .join("")
        .replaceAll(" ", ""),
    ).toBe(`see${url}`);
  });

  test("nothing was said", () => {
    expect(toCues(transcript([]))).toEqual([]);
    expect(toSrt(transcript([]))).toBe("");
    expect(toVtt(transcript([]))).toBe("WEBVTT\n");
  });
});

describe("files", () => {
  const two = transcript([segment(" Hello --> you.", 1, 2.5)], [segment(" A < B & C.", 1.2, 3)]);

  test("SubRip", () => {
    expect(toSrt(two)).toBe(
      "1\n00:00:01,000 --> 00:00:02,500\n[1] Hello -> you.\n\n2\n00:00:01,200 --> 00:00:03,000\n[2] A < B & C.\n",
    );
  });

  test("WebVTT", () => {
    expect(toVtt(two)).toBe(
      "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<v Channel 1>Hello --&gt; you.\n\n" +
        "00:00:01.200 --> 00:00:03.000\n<v Channel 2>A &lt; B &amp; C.\n",
    );
  });
});
