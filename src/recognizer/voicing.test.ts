import { expect, test } from "bun:test";
import { FRAME_SAMPLES } from "../vad/speech.ts";
import { Voicing } from "./voicing.ts";

/** `#` is speech. */
function voicing(picture: string): Voicing {
  const voiced = new Voicing(0.3);
  voiced.push([...picture].map((mark) => (mark === "#" ? 0.9 : 0.1)));
  return voiced;
}
const frames = (voiced: Voicing, from: number, to: number) =>
  voiced
    .within({ from: from * FRAME_SAMPLES, to: to * FRAME_SAMPLES })
    .map((span) => [span.from / FRAME_SAMPLES, span.to / FRAME_SAMPLES]);

test("stretches of speech, cut at the span's ends", () => {
  expect(frames(voicing("..###......##.."), 0, 15)).toEqual([
    [2, 5],
    [11, 13],
  ]);
  expect(frames(voicing("..###......##.."), 3.5, 11.5)).toEqual([
    [3.5, 5],
    [11, 11.5],
  ]);
  expect(frames(voicing("...."), 0, 4)).toEqual([]);
});

test("a short pause is none", () => {
  expect(frames(voicing("##.....##......#"), 0, 16)).toEqual([
    [0, 9],
    [15, 16],
  ]);
});

test("what is forgotten has no speech, the rest keeps its place", () => {
  const voiced = voicing("##......##......##");
  voiced.forget(9.5 * FRAME_SAMPLES);
  expect(frames(voiced, 0, 18)).toEqual([
    [9, 10],
    [16, 18],
  ]);
});
