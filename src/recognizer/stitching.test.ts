import { expect, test } from "bun:test";
import type { Segment } from "../text/transcript.ts";
import { Stitching } from "./stitching.ts";

const segment = (text: string) => ({ text }) as Segment;

test("windows that are done in any order come out in the order of time", () => {
  const stitching = new Stitching();
  const texts = (segments: readonly Segment[]) => segments.map(({ text }) => text).join("");
  expect(texts(stitching.add(2, [segment("d")]))).toBe("");
  expect(texts(stitching.add(0, [segment("a"), segment("b")]))).toBe("ab");
  expect(texts(stitching.add(3, []))).toBe("");
  expect(texts(stitching.add(1, [segment("c")]))).toBe("cd");
  expect(texts(stitching.add(4, [segment("e")]))).toBe("e");
  expect(texts(stitching.segments)).toBe("abcde");
});
