import { expect, test } from "bun:test";
import { spoken } from "./formatting/testing.ts";
import { searchWords } from "./search.ts";

test("an exact hit is certain and has the words' times", () => {
  expect(searchWords(spoken("The study of Epistemology, it is."), "epistemology")[0]).toEqual({
    confidence: 1,
    from: 1.5,
    to: 2,
    snippet: "Epistemology,",
  });
});

test("a phrase is found over several words, whatever their punctuation", () => {
  expect(searchWords(spoken("Well, Good, morning to you."), "good morning")[0]).toMatchObject({
    confidence: 1,
    snippet: "Good, morning",
  });
});

test("what is misspelled or split is found with less confidence", () => {
  const [split] = searchWords(spoken("Set up a web hook here"), "webhook");
  expect(split?.snippet).toBe("web hook");
  expect(split?.confidence).toBeCloseTo(6 / 7);
  const [misspelled] = searchWords(spoken("his name is Smyth okay"), "smith");
  expect(misspelled?.snippet).toBe("Smyth");
  expect(misspelled?.confidence).toBeCloseTo(4 / 5);
});

test("a part of a word is no certain hit", () => {
  const hits = searchWords(spoken("concatenate"), "cat");
  expect(hits.every(({ confidence }) => confidence < 1)).toBe(true);
});

test("hits come best first, share no words, and are ten at most", () => {
  const words = spoken(
    Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? "table" : i % 3 === 1 ? "cable" : "xyz")).join(" "),
  );
  const hits = searchWords(words, "table");
  expect(hits).toHaveLength(10);
  expect(hits.map(({ confidence }) => confidence)).toEqual(Array.from({ length: 10 }, () => 1));
  expect(new Set(hits.map(({ from }) => from)).size).toBe(10);
});

test("nothing like it is nothing found", () => {
  expect(searchWords(spoken("an apple a day"), "zzzzzz")).toEqual([]);
  expect(searchWords([], "anything")).toEqual([]);
  expect(searchWords(spoken("some words"), "  ?! ")).toEqual([]);
});

test("a query longer than the text", () => {
  expect(searchWords(spoken("hello"), "hello ".repeat(500))).toEqual([]);
});

test("other scripts are searched, too", () => {
  expect(searchWords(spoken("Где находится библиотека?"), "библиотека")[0]?.snippet).toBe("библиотека?");
});
