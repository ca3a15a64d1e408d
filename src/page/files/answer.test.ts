import { expect, test } from "bun:test";
import { paragraphText, saved, voiceOf } from "../transcript.ts";
import { type Answer, paragraphsOf } from "./answer.ts";

const word = (text: string, start: number) => ({ word: text, start, end: start + 0.4, confidence: 0.9 });

test("paragraphs of a file, and the formats in which they are saved", () => {
  const answer: Answer = {
    metadata: { duration: 4, channels: 1 },
    results: {
      channels: [
        {
          alternatives: [
            {
              words: [{ ...word("ask", 0), punctuated_word: "Ask" }, word("not", 0.5), word("what", 3)],
              paragraphs: {
                paragraphs: [
                  { num_words: 2, start: 0, end: 0.9 },
                  { num_words: 1, start: 3, end: 3.4 },
                ],
              },
            },
          ],
        },
      ],
    },
  };
  const paragraphs = paragraphsOf(answer);
  expect(paragraphs.map(paragraphText)).toEqual(["Ask not", "what"]);
  expect(paragraphs.map(voiceOf)).toEqual([undefined, undefined]);
  expect(saved(paragraphs, "txt")).toBe("[0:00] Ask not\n\n[0:03] what\n");
  expect(saved(paragraphs, "srt")).toContain("1\n00:00:00,000 --> 00:00:01,000\nAsk not\n");
  expect(saved(paragraphs, "vtt")).toStartWith("WEBVTT\n");
  expect(JSON.parse(saved(paragraphs, "json")).paragraphs[0]).toMatchObject({ text: "Ask not", from: 0 });
});

test("several channels take turns by time and are named", () => {
  const channel = (text: string, start: number) => ({ alternatives: [{ words: [word(text, start)] }] });
  const paragraphs = paragraphsOf({
    metadata: { duration: 4, channels: 2 },
    results: { channels: [channel("second", 1), channel("first", 0)] },
  });
  expect(paragraphs.map((one) => `${voiceOf(one)}: ${paragraphText(one)}`)).toEqual([
    "Channel 2: first",
    "Channel 1: second",
  ]);
  expect(saved(paragraphs, "txt")).toStartWith("[0:00] Channel 2: first");
});
