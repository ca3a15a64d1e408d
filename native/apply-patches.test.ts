import { expect, test } from "bun:test";
import { applyHunks, parsePatch } from "./apply-patches.ts";

const text = ["one", "two", "three", "four", "five", "", "six"];

function apply(patch: string, lines = text): string[] {
  const [file] = parsePatch(patch, "test.patch");
  if (!file) throw new Error("no file in the patch");
  return applyHunks(lines, file, "test.patch");
}

const change = (line: number): string =>
  `Why it is there.\n\n--- a/some/file.c\n+++ b/some/file.c\n@@ -${line},3 +${line},4 @@ some function\n two\n-three\n+3\n+3.5\n four\n`;

test("a hunk replaces its lines, at its line or where alone it fits", () => {
  expect(parsePatch(change(2), "test.patch")[0]?.path).toBe("some/file.c");
  for (const line of [2, 1, 5])
    expect(apply(change(line))).toEqual(["one", "two", "3", "3.5", "four", "five", "", "six"]);
});

test("later hunks follow the lines that earlier ones added", () => {
  const patch = `${change(2)}@@ -5,2 +6,1 @@\n five\n-\n`;
  expect(apply(patch)).toEqual(["one", "two", "3", "3.5", "four", "five", "six"]);
});

test("an empty context line may have lost its space", () => {
  const patch = "--- a/f\n+++ b/f\n@@ -5,3 +5,3 @@\n five\n\n-six\n+7\n";
  expect(apply(patch)).toEqual(["one", "two", "three", "four", "five", "", "7"]);
});

test("what does not fit exactly is refused by name", () => {
  const other = text.map((line) => (line === "four" ? "for" : line));
  expect(() => apply(change(2), other)).toThrow("test.patch: hunk 1 of some/file.c");
  expect(() => apply(change(4), [...text, ...text])).toThrow("ambiguous");
  expect(() => apply("no patch at all\n")).toThrow("no change in it");
  expect(() => apply("--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n one\n")).toThrow("ends too early");
  expect(() => apply("--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n*one\n")).toThrow("bad line");
});
