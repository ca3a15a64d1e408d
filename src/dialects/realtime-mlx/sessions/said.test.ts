import { expect, test } from "bun:test";
import { SaidSoFar } from "./said.ts";

const piece = (text: string, from: number, confidence = 0.5) => ({
  text,
  from,
  to: from + 1.00049,
  words: [{ confidence }],
  language: "en",
});

test("what was said, in order, without what was nothing", () => {
  const so = new SaidSoFar();
  expect(so.said).toEqual({ text: "", confidence: 0, language: null, segments: [] });
  so.add(piece(" Hello.", 0, 0.9));
  so.add({ ...piece("  ", 1), words: [] });
  so.add(piece("World.", 2, 0.6));
  expect(so.said).toEqual({
    text: "Hello. World.",
    confidence: 0.75,
    language: "en",
    segments: [
      { text: "Hello.", start: 0, end: 1 },
      { text: "World.", start: 2, end: 3 },
    ],
  });
});

test("of what is longer than may be kept the beginning goes, never the last piece", () => {
  const so = new SaidSoFar(20);
  const gone = Array.from({ length: 10 }, (_, i) => so.add(piece(`piece ${i}`, i)));
  expect(gone).toEqual([false, false, ...Array.from({ length: 8 }, () => true)]);
  expect(so.said.text).toBe("piece 8 piece 9");
  expect(so.said.segments[0]?.start).toBe(8);
  so.add(piece("x".repeat(100), 10));
  expect(so.said.text).toBe("x".repeat(100));
});
